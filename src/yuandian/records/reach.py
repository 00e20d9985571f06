"""How a customer may be reached, and whose they are: reads of nearly every page."""

from dataclasses import dataclass
from datetime import date

from yuandian.records.customers import Consent, ContactPoint, Customer, Ownership
from yuandian.records.prepared import Given, Prepared

_phones = Prepared(
    lambda: ContactPoint.objects.filter(customer=Given("customer"), kind="phone", is_main=True).values_list(
        "value", flat=True
    )
)
_consents = Prepared(lambda: Consent.objects.filter(customer=Given("customer")).order_by("changed_at", "pk"))
_ownerships = Prepared(
    lambda: Ownership.objects.filter(customer=Given("customer")).select_related("rm").order_by("active_from")
)


def phone(customer: Customer) -> str:
    """The main number, empty where there is none."""
    return next(iter(_phones(customer=customer.pk)), "")


def consents(customer: Customer) -> dict[str, Consent]:
    """The latest word on each channel."""
    return {consent.channel: consent for consent in _consents(customer=customer.pk)}


def ownerships(customer: Customer) -> list[Ownership]:
    """Whose the customer was and is, oldest first."""
    return _ownerships(customer=customer.pk)


@dataclass(frozen=True)
class Reach:
    """How a customer may be reached: the main number, the latest word on each channel, owned since when."""

    phone: str
    allowed: dict[str, bool]
    owned_since: date | None

    def may(self, channel: str) -> bool:
        """No word is a no. A visit and the counter need no consent."""
        return channel in {"visit", "counter"} or self.allowed.get(channel, False)


def reach(customer: Customer) -> Reach:
    """Three indexed reads."""
    word, periods = consents(customer), ownerships(customer)
    owned = next((period.active_from for period in periods if period.active_to is None), None)
    return Reach(phone(customer), {channel: consent.granted for channel, consent in word.items()}, owned)
