"""Django finds models here; they live by noun in the files beside."""

from yuandian.records.customers import (
    Consent,
    ContactPerson,
    ContactPoint,
    Customer,
    Ownership,
    Relation,
)
from yuandian.records.exports import Export
from yuandian.records.facts import (
    Account,
    Balance,
    Contract,
    CustomerDay,
    Event,
    Interaction,
    Product,
    Transaction,
)
from yuandian.records.jobs import Job
from yuandian.records.org import Branch, Outlet, RelationshipManager, Team, User
from yuandian.records.runs import (
    AuditEntry,
    AuditLink,
    AuditValue,
    BranchRun,
    ImportBatch,
    ImportChange,
    ImportReject,
    LoopRun,
    OperationKey,
    PersonalRead,
)
from yuandian.records.uploads import ColumnMapping, RefusedRow, Upload
from yuandian.records.work import (
    Candidate,
    ContactResult,
    CustomerState,
    Handover,
    HandoverLine,
    WorklistItem,
)

__all__ = [
    "Account",
    "AuditEntry",
    "AuditLink",
    "AuditValue",
    "Balance",
    "Branch",
    "BranchRun",
    "Candidate",
    "ColumnMapping",
    "Consent",
    "ContactPerson",
    "ContactPoint",
    "ContactResult",
    "Contract",
    "Customer",
    "CustomerDay",
    "CustomerState",
    "Event",
    "Export",
    "Handover",
    "HandoverLine",
    "ImportBatch",
    "ImportChange",
    "ImportReject",
    "Interaction",
    "Job",
    "LoopRun",
    "OperationKey",
    "Outlet",
    "Ownership",
    "PersonalRead",
    "Product",
    "RefusedRow",
    "Relation",
    "RelationshipManager",
    "Team",
    "Transaction",
    "Upload",
    "User",
    "WorklistItem",
]
