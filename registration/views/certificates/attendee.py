"""The attendee's own certificate, behind the link in their mail, once it is issued."""

from flask.typing import ResponseReturnValue

from registration.errors import NotFound
from registration.services import certificates, registrations
from registration.views.registrations import link

blueprint = link.blueprint("certificate")


@blueprint.get("/certificate.pdf")
def download(token: str) -> ResponseReturnValue:
    """Send the certificate that is in force."""
    registration = registrations.get_by_link(token)
    certificate = certificates.find_in_force(registration.id)
    if certificate is None:
        raise NotFound(noun="certificate")
    from registration.services.certificates import making  # noqa: PLC0415  # keeps the web light

    name = f"{registration.event.slug}-{registration.short_code}.pdf"
    return link.file(making.pdf_of(certificate), "application/pdf", name)
