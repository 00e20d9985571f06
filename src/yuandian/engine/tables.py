"""Every table of the engine: columns, types, units, keys, meaning. The language that the rooms share.

A fact table is at once what a file may bring (`yuandian import KIND FILE`), what the database keeps and
what a stage reads; a result table is what a stage makes. Money is integer minor units (分, column `_fen`),
rates are parts per million (`_ppm`), periods are half-open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Type = Literal["id", "code", "text", "date", "timestamp", "integer", "fen", "ppm", "flag", "json"]

SQL_TYPES: dict[Type, str] = {
    "id": "VARCHAR",
    "code": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "integer": "BIGINT",
    "fen": "BIGINT",
    "ppm": "BIGINT",
    "flag": "BOOLEAN",
    "json": "VARCHAR",
}
"""DuckDB's type for each of ours. An id keeps the type in which it came, text unless a table says otherwise."""


@dataclass(frozen=True)
class Column:
    """One column. `personal` columns never cross into the engine's stages; `choices` closes a code.

    `extra` ones are no columns of ours: a pack adds them to what a file may bring, and they are kept together.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    personal: bool = False
    choices: tuple[str, ...] = ()
    refers: str = ""
    extra: bool = False


@dataclass(frozen=True)
class Table:
    """One table. `key` is the natural key; rows with an equal key are the same fact."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    meaning: str

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def decisive(self) -> tuple[Column, ...]:
        """The columns that a stage may read: all but the personal ones."""
        return tuple(column for column in self.columns if not column.personal)


def _id(name: str, meaning: str, refers: str = "", *, required: bool = True) -> Column:
    return Column(name, "id", meaning, required=required, refers=refers)


_CUSTOMER = _id("customer_id", "whose fact it is", "customers")

CHANNELS = ("phone", "wecom", "sms", "email", "visit", "counter")
PURPOSES = ("care", "ask", "service", "recovery")

FACTS: tuple[Table, ...] = (
    Table(
        "rms",
        ("rm_id",),
        (
            _id("rm_id", "relationship manager"),
            Column("name", "text", "name", required=True, personal=True),
            _id("team_id", "team", "teams", required=False),
            _id("outlet_id", "outlet where the RM sits", "outlets", required=False),
            Column("hired_on", "date", "first day", required=True),
            Column("left_on", "date", "first day no longer here"),
            Column("status", "code", "agent under contract or employee", choices=("agent", "employee", "trial")),
            Column("minutes_per_day", "integer", "minutes for customers on a working day"),
        ),
        "Who is accountable for customers.",
    ),
    Table(
        "customers",
        ("customer_id",),
        (
            _id("customer_id", "customer"),
            Column("kind", "code", "person or organisation", choices=("person", "organisation")),
            Column("name", "text", "name", personal=True),
            Column("birth_date", "date", "date of birth, in its own calendar"),
            Column("birth_calendar", "code", "calendar of the birthday", choices=("solar", "lunar")),
            Column("phone", "text", "main phone number", personal=True),
            Column("document_no", "text", "identity document", personal=True),
            Column("opened_on", "date", "became a customer on", required=True),
            Column("channel", "code", "how the customer was won"),
            _id("referrer_id", "customer who referred this one", "customers", required=False),
            _id("outlet_id", "home outlet", "outlets", required=False),
            Column("risk_level", "integer", "risk tolerance 1 (careful) to 5, empty where unknown"),
            Column("spending_power", "integer", "spending power 1 (low) to 5, empty where unknown"),
        ),
        "One customer, one record, across departments.",
    ),
    Table(
        "ownerships",
        ("customer_id", "active_from"),
        (
            _CUSTOMER,
            _id("rm_id", "the accountable RM", "rms"),
            Column("active_from", "date", "first day", required=True),
            Column("active_to", "date", "first day no longer; empty while it lasts"),
        ),
        "Who is accountable for whom, and when. At most one at any moment.",
    ),
    Table(
        "consents",
        ("customer_id", "channel", "changed_at"),
        (
            _CUSTOMER,
            Column("channel", "code", "channel of contact", required=True, choices=CHANNELS),
            Column("granted", "flag", "yes or no from this moment", required=True),
            Column("changed_at", "timestamp", "when the customer said so", required=True),
            Column("source", "text", "how we know"),
        ),
        "What contact the customer allows. The latest word counts; none is a no.",
    ),
    Table(
        "relations",
        ("customer_id", "related_id", "kind"),
        (
            _CUSTOMER,
            _id("related_id", "the other customer", "customers"),
            Column("kind", "code", "how they are related", required=True),
            Column("active_from", "date", "since"),
        ),
        "Households, referrers, users of an account.",
    ),
    Table(
        "accounts",
        ("account_id",),
        (
            _id("account_id", "account"),
            _CUSTOMER,
            _id("product_id", "product of the pack", "products"),
            Column("opened_on", "date", "opened", required=True),
            Column("closed_on", "date", "closed; empty while open"),
        ),
        "What holds a balance.",
    ),
    Table(
        "contracts",
        ("contract_id",),
        (
            _id("contract_id", "contract"),
            _CUSTOMER,
            _id("product_id", "product of the pack", "products"),
            Column("opened_on", "date", "signed", required=True),
            Column("closed_on", "date", "ended early; empty otherwise"),
            Column("amount_fen", "fen", "amount under contract"),
            Column("ends_on", "date", "agreed end; empty where open-ended"),
        ),
        "What has terms: a deposit, a loan, an advice contract.",
    ),
    Table(
        "balances",
        ("customer_id", "account_id", "date"),
        (
            _CUSTOMER,
            _id("account_id", "account", "accounts"),
            Column("date", "date", "end of this day", required=True),
            Column("amount_fen", "fen", "balance or market value", required=True),
        ),
        "What an account held at the end of a day on which it changed.",
    ),
    Table(
        "transactions",
        ("transaction_id",),
        (
            _id("transaction_id", "transaction"),
            _CUSTOMER,
            _id("account_id", "account", "accounts", required=False),
            Column("occurred_at", "timestamp", "when", required=True),
            Column("kind", "code", "what", required=True),
            Column("amount_fen", "fen", "money in is positive, money out negative", required=True),
            Column("income_fen", "fen", "what the house earned by it"),
        ),
        "Money that moved.",
    ),
    Table(
        "interactions",
        ("interaction_id",),
        (
            _id("interaction_id", "interaction"),
            _CUSTOMER,
            _id("rm_id", "who", "rms", required=False),
            Column("occurred_at", "timestamp", "when", required=True),
            Column("channel", "code", "by which channel", required=True, choices=CHANNELS),
            Column("purpose", "code", "did it give, ask, serve or repair", required=True, choices=PURPOSES),
            Column("playbook", "code", "which playbook asked for it"),
            Column("direction", "code", "who began", choices=("out", "in")),
            Column("result", "code", "what came of it"),
            Column("minutes", "integer", "minutes it took"),
            Column("callback_on", "date", "day on which we promised to call again"),
            Column("department", "code", "which department"),
            Column("note", "text", "in the RM's words", personal=True),
        ),
        "Every contact of every department.",
    ),
    Table(
        "events",
        ("event_id",),
        (
            _id("event_id", "event"),
            _CUSTOMER,
            Column("occurred_at", "timestamp", "when", required=True),
            Column("sequence", "integer", "order among the customer's events"),
            Column("kind", "code", "what", required=True),
            Column("data", "json", "its own fields"),
        ),
        "What happened to or around the customer.",
    ),
)

FLOWS = Table(
    "customer_days",
    ("customer_id", "date", "kind"),
    (
        _CUSTOMER,
        Column("date", "date", "day", required=True),
        Column("kind", "code", "kind of transaction", required=True),
        Column("transactions", "integer", "how many", required=True),
        Column("inflow_fen", "fen", "money in", required=True),
        Column("outflow_fen", "fen", "money out, as a positive number", required=True),
        Column("income_fen", "fen", "what the house earned", required=True),
    ),
    "Sums of transactions by customer, day and kind, kept at write time so that no night counts lines twice.",
)

FEATURES = Table(
    "features",
    ("customer_id",),
    (
        _CUSTOMER,
        Column("tenure_days", "integer", "days since becoming a customer"),
        Column("age", "integer", "full years, solar birthdays"),
        Column("risk_level", "integer", "as on the customer"),
        Column("spending_power", "integer", "as on the customer"),
        Column("channel", "code", "how the customer was won"),
        Column("kind", "code", "person or organisation"),
        Column("days_to_birthday", "integer", "0 on the day; solar calendar only"),
        Column("open_accounts", "integer", "accounts open on the day"),
        Column("products", "integer", "different products in use"),
        Column("first_opened_days", "integer", "days since the first account opened"),
        Column("assets_fen", "fen", "latest balances of open accounts"),
        Column("assets_30d_fen", "fen", "the same, 30 days before; empty where there was none"),
        Column("assets_90d_fen", "fen", "the same, 90 days before; empty where there was none"),
        Column("assets_change_30d_fen", "fen", "change over 30 days; empty where there was no balance then"),
        Column("assets_peak_180d_fen", "fen", "highest end-of-day balance of any one account in 180 days"),
        Column("days_since_transaction", "integer", "recency"),
        Column("transactions_90d", "integer", "frequency"),
        Column("inflow_7d_fen", "fen", "money in, 7 days"),
        Column("outflow_7d_fen", "fen", "money out, 7 days"),
        Column("inflow_90d_fen", "fen", "money in, 90 days"),
        Column("outflow_90d_fen", "fen", "money out, 90 days"),
        Column("income_365d_fen", "fen", "earned by the house, 365 days"),
        Column("days_since_contact", "integer", "since the last contact that reached the customer"),
        Column("days_since_attempt", "integer", "since the last attempt of ours, reached or not"),
        Column("days_since_care", "integer", "since something was given"),
        Column("days_since_ask", "integer", "since something was asked"),
        Column("contacts_30d", "integer", "our contacts, 30 days"),
        Column("contacts_365d", "integer", "our contacts, 365 days"),
        Column("last_result", "code", "result of the last contact"),
        Column(
            "days_to_callback",
            "integer",
            "to the day promised in the last contact that reached; negative when late",
        ),
        Column("next_end_on", "date", "next end of a running contract, from the day on"),
        Column("days_to_end", "integer", "days to it"),
        Column("ending_fen", "fen", "amount of that contract"),
        Column("ending_category", "code", "product category of that contract"),
        Column("contracts", "integer", "running contracts"),
    ),
    "One row a customer: what was known at the end of the day. Packs declare more (know/features.yaml).",
)

STATES = Table(
    "states",
    ("customer_id",),
    (
        _CUSTOMER,
        _id("rm_id", "owner on the day; empty for an orphan", required=False),
        Column("tier", "code", "value tier"),
        Column("stage", "code", "stage of the relation"),
        Column("segment", "code", "segment by need"),
        Column("assets_fen", "fen", "as in features"),
        Column("assets_30d_fen", "fen", "as in features"),
        Column("days_since_contact", "integer", "as in features"),
        Column("decision", "code", "why on today's list, or why not"),
        Column("decision_inputs", "json", "the numbers behind that"),
    ),
    "One row a customer: where the customer stands and what was decided.",
)

CANDIDATES = Table(
    "candidates",
    ("customer_id", "playbook"),
    (
        _CUSTOMER,
        _id("rm_id", "who would do it", required=False),
        Column("playbook", "code", "which playbook"),
        Column("channel", "code", "by which allowed channel; empty where none is"),
        Column("purpose", "code", "care, ask, service, recovery"),
        Column("minutes", "integer", "what it would take"),
        Column("mandatory", "flag", "placed first, never dropped by value"),
        Column("worth_fen", "fen", "what is at stake"),
        Column("effect_ppm", "ppm", "expected change of the outcome by the contact"),
        Column("benefit_fen", "fen", "worth × effect − price of fatigue, rounded half up"),
        Column("barred", "code", "limit that removed it; empty where none did"),
        Column("inputs", "json", "the features its reason names"),
    ),
    "Who could be contacted why. A barred one says which limit barred it.",
)

WORKLIST = Table(
    "worklist",
    ("customer_id",),
    (
        _CUSTOMER,
        _id("rm_id", "whose list"),
        Column("position", "integer", "1 is first"),
        Column("playbook", "code", "the leading reason"),
        Column("channel", "code", "by which channel"),
        Column("purpose", "code", "care, ask, service, recovery"),
        Column("minutes", "integer", "planned"),
        Column("mandatory", "flag", "as on the candidate"),
        Column("worth_fen", "fen", "as on the candidate"),
        Column("effect_ppm", "ppm", "as on the candidate"),
        Column("benefit_fen", "fen", "as on the candidate"),
        Column("inputs", "json", "as on the candidate"),
    ),
    "Today's list of every RM, in order.",
)

LEFT_OUT = (
    "no_owner",
    "not_yet_customer",
    "no_open_account",
    "no_trigger",
    "no_consent",
    "cool_down",
    "contacted_lately",
    "no_gain",
    "rm_away",
    "no_minutes",
)
"""Why a customer is not on the list, from the earliest gate to the last. Worded where shown."""

RESULTS: tuple[Table, ...] = (FEATURES, STATES, CANDIDATES, WORKLIST)
TABLES: dict[str, Table] = {table.name: table for table in (*FACTS, FLOWS, *RESULTS)}
KINDS: tuple[str, ...] = tuple(table.name for table in FACTS)
"""What `yuandian import KIND` takes, in the order in which a folder is taken in: owners before owned."""
