"""Mails to an account about its task, as a rule a coordinator's for an alliance."""

from flask_babel import lazy_gettext as _l

from registration.models.accounts import Mandate
from registration.models.deliveries import Delivery
from registration.services.deliveries.telling.told import Told

DISABLED = _l("Your access has been closed in the meantime.")


def tell(delivery: Delivery, mandate: Mandate) -> Told:
    """Return what a mail about this task says."""
    del delivery
    account = mandate.account
    return Told(
        name=account.name,
        locale=account.locale,
        link="",
        words={"account": account, "alliance": mandate.alliance},
        overtaken=DISABLED if account.disabled_at is not None else "",
    )
