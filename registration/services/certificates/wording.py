"""What certificates say, in one language."""

from babel.dates import format_date
from flask_babel import gettext as _

from registration import languages
from registration.languages import in_language, long_date
from registration.models.certificates import Certificate
from registration.models.events import Event
from registration.services.certificates import finding
from registration.services.certificates.drawing import Attested, Words
from registration.services.certificates.finding import shown


def of_event(event: Event) -> Words:
    """Return what all certificates of one event share, in the present language."""
    pattern = "long" if languages.current() == "de" else "d MMMM y"
    day = format_date(event.held_on, pattern, locale=languages.current())
    return Words(
        organiser=event.organiser_name,
        programme_line=event.programme_line,
        headline=_("Certificate of attendance"),
        we_certify=_("We certify that"),
        attended=_("attended the following event on %(day)s:", day=long_date(event.held_on)),
        event=in_language(event.title),
        venue=f"{event.venue_name}, {event.venue_city}",
        place_and_date=f"{event.venue_city}, {day}",
        signature=_("Signature"),
        verify=_("Whether this paper is genuine shows:"),
        address=finding.page_address().partition("//")[2],
        alternative=_("QR code that leads to the page that verifies this certificate"),
    )


def of_person(certificate: Certificate) -> Attested:
    """Return what one certificate says, in the present language."""
    registration = certificate.registration
    facts = (
        (_("Role"), in_language(registration.role.title)),
        (_("Alliance"), registration.alliance.name if registration.alliance else ""),
        (_("Theme"), in_language(registration.theme.title) if registration.theme else ""),
    )
    return Attested(
        name=certificate.name,
        organisation=registration.organisation,
        facts=[(label, value) for label, value in facts if value],
        code=shown(certificate.code),
        link=finding.address_of(certificate.code),
    )
