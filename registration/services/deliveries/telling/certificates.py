"""Mails that bring somebody their certificate of attendance."""

from flask_babel import lazy_gettext as _l

from registration.models.deliveries import Delivery
from registration.models.registrations import Registration
from registration.services import certificates
from registration.services.certificates import making
from registration.services.deliveries import addresses
from registration.services.deliveries.telling.told import Attached, Told

REVOKED = _l("This certificate was revoked in the meantime. If you have questions, please reply.")


def tell(delivery: Delivery, registration: Registration) -> Told:
    """Return what the mail to this person says; the paper goes with it while it is in force."""
    del delivery
    certificate = certificates.find_in_force(registration.id)
    code = certificates.shown(certificate.code) if certificate else ""
    return Told(
        name=registration.full_name,
        locale=registration.locale,
        link=addresses.link(registration),
        words={
            "code": code,
            "verify_link": certificates.address_of(certificate.code) if certificate else "",
            "registration": registration,
        },
        overtaken="" if certificate else REVOKED,
        files=()
        if certificate is None
        else (
            Attached(
                name=f"{registration.event.slug}-{registration.short_code}.pdf",
                media_type="application/pdf",
                content=making.pdf_of(certificate),
            ),
        ),
    )
