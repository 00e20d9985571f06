"""What the receiving RM must know of a customer on the first day (K3). Values only: worded when shown."""

from datetime import date, timedelta
from typing import Any

from yuandian.records.customers import Customer


def briefing(customer: Customer, on: date) -> dict[str, Any]:
    """Where the customer stands, what was said last, what was promised, what ends soon, what is allowed."""
    state = getattr(customer, "state", None)
    talks = customer.interactions.filter(voided_at__isnull=True).order_by("-occurred_at")[:5]
    ending = customer.contracts.filter(
        ends_on__gte=on, ends_on__lt=on + timedelta(days=90), closed_on__isnull=True
    )
    latest = {consent.channel: consent.granted for consent in customer.consents.order_by("changed_at")}
    return {
        "tier": state and state.tier,
        "stage": state and state.stage,
        "assets_fen": state and state.assets_fen,
        "customer_since": customer.opened_on,
        "birth_date": customer.birth_date,
        "last_contacts": list(talks.values("occurred_at", "channel", "purpose", "result", "note", "callback_on")),
        "ending_contracts": list(ending.order_by("ends_on").values("product__number", "ends_on", "amount_fen")),
        "consents": latest,
    }
