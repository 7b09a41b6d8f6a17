"""What the findings of a sender's check mean, and what to do about them, in words."""

from flask_babel import lazy_gettext as _l

from registration.services.senders.findings import Finding

TEXTS = {
    "no_answer": _l(
        "The DNS did not answer for %(name)s in time. Please check again in a few minutes."
    ),
    "not_public": _l(
        "%(domain)s is no domain that others can look up. Set EINLASS_MAIL_FROM to an address of "
        "your own domain, or mails to other houses will be refused."
    ),
    "mx_there": _l("Replies and notices to %(domain)s arrive at a mail server."),
    "mx_by_address": _l(
        "%(domain)s has no MX record. Servers will try its address itself; whether one listens "
        "there cannot be told from here."
    ),
    "mx_missing": _l(
        "%(domain)s takes no mail: it has no MX record. Notices of mails that did not arrive get "
        "lost, and some servers refuse mails from such a domain. Add an MX record that names "
        "your mail server."
    ),
    "mx_refuses": _l(
        "The MX record of %(domain)s says that it takes no mail. Notices of mails that did not "
        "arrive get lost. Name your mail server there."
    ),
    "spf_there": _l(
        "The record names the servers that may send, with %(count)s of at most 10 further lookups."
    ),
    "spf_missing": _l(
        "No SPF record says which servers may send for %(domain)s. Add one; if your mail "
        "provider names an “include:…”, put that into it."
    ),
    "spf_twice": _l(
        "There are %(count)s SPF records, and receivers then believe none. Make one of them."
    ),
    "spf_wrong": _l(
        "Receivers cannot read the SPF record: “%(term)s” is not understood, or leads nowhere. "
        "Correct or remove it."
    ),
    "spf_too_many": _l(
        "The SPF record needs more than 10 further lookups; receivers then take it for broken. "
        "Remove includes that are not used any more."
    ),
    "spf_everybody": _l(
        "The SPF record ends with “+all”: anybody may send in your name. End it with “~all” or "
        "“-all”."
    ),
    "spf_open": _l(
        "The SPF record leaves open what becomes of mails from other servers. End it with "
        "“~all” or “-all”."
    ),
    "sends_allowed": _l("%(host)s, to which we hand mails, is among the servers that may send."),
    "sends_included": _l(
        "The SPF record includes the provider of %(host)s, to which we hand mails. That should do."
    ),
    "sends_unknown": _l(
        "Whether %(host)s may send cannot be told from here: providers send from other servers "
        "than those that take mails. Ask yours for its “include:…”."
    ),
    "sends_from_here": _l(
        "We hand mails to a server on this network (%(host)s). From which address it sends "
        "cannot be told from here; that one must be in the SPF record."
    ),
    "dkim_there": _l("The key with which we sign every mail is at %(name)s."),
    "dkim_not_ours": _l(
        "Einlass does not sign mails itself. If your provider does, nothing is missing; else "
        "make a key with “einlass mail key” and set EINLASS_DKIM_SELECTOR and EINLASS_DKIM_KEY."
    ),
    "dkim_missing": _l(
        "We sign every mail, but the key is not at %(name)s, so nobody can verify it. Add this "
        "record."
    ),
    "dkim_twice": _l("There are several keys at %(name)s. Leave only this one."),
    "dkim_revoked": _l("The key at %(name)s is empty, which means revoked. Put ours there."),
    "dkim_other": _l(
        "The key at %(name)s is not the one with which we sign: every signature fails. Put ours "
        "there, or set EINLASS_DKIM_KEY to the one that belongs to it."
    ),
    "dkim_short": _l(
        "The key has %(bits)s bits, which some receivers do not trust any more. Make one of 2048 "
        "bits with “einlass mail key”."
    ),
    "dkim_testing": _l(
        "The record at %(name)s says “t=y”: receivers treat signatures as a trial. Remove that "
        "when mails arrive."
    ),
    "dmarc_missing": _l(
        "No DMARC record says what receivers shall do with mails that only pretend to be from "
        "%(domain)s. Large providers ask for one. Begin with this one, which changes nothing yet."
    ),
    "dmarc_twice": _l("There are several DMARC records, so none holds. Leave one."),
    "dmarc_wrong": _l("The DMARC record at %(where)s has no policy that receivers know (p=…)."),
    "dmarc_none": _l(
        "Receivers shall only report mails that are not proven (p=none, at %(where)s). When all "
        "is well, “p=quarantine” protects your name."
    ),
    "dmarc_quarantine": _l(
        "Receivers shall put mails that are not proven among the unwanted (at %(where)s)."
    ),
    "dmarc_reject": _l("Receivers shall refuse mails that are not proven (at %(where)s)."),
    "aligned": _l("SPF proves our mails: %(envelope)s stands for %(domain)s."),
    "aligned_by_dkim": _l(
        "SPF proves %(envelope)s, which does not stand for %(domain)s; our signature (DKIM) does."
    ),
    "not_aligned": _l(
        "SPF proves %(envelope)s, which does not stand for %(domain)s, and we do not sign. "
        "Choose a bounce address under %(domain)s, or set up DKIM."
    ),
}


def say(finding: Finding) -> str:
    """Return a finding in the reader's language."""
    return str(TEXTS[finding.code]) % {"domain": finding.domain, **finding.facts}
