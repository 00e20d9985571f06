"""The `seal` command."""

from typing import Any

from django.utils import timezone

from yuandian.config.cli import refuse
from yuandian.operations.audit import seal_audit
from yuandian.operations.writing import RefusedError
from yuandian.records.audit_files import anchors_path


def run_seal() -> tuple[dict[str, Any], list[str]]:
    """Seal the audit; returns the JSON answer and its words."""
    try:
        sealed = seal_audit(at=timezone.now(), anchors=anchors_path())
    except RefusedError as error:
        refuse(
            f"{error.inputs['file']} and the database no longer agree: the audit was cut, or an older copy of the "
            "database was restored. Nothing was sealed. `yuandian verify` names the place; "
            "docs/explanation/audit.md says what to do after a restore."
        )
    return vars(sealed), [f"{sealed.entries:,} entries sealed, {sealed.count:,} in all, up to {sealed.last}"]
