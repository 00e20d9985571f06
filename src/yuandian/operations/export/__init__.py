"""Take out: a table in the user's scope as a file, asked for, written, kept for a week (X5, A15, A27)."""

from yuandian.operations.export.asking import SMALL, ask_export, delete_export, forget_exports
from yuandian.operations.export.facts import fact_sheet, write_facts
from yuandian.operations.export.file import Sheets, path_of, write_export

__all__ = [
    "SMALL", "Sheets", "ask_export", "delete_export", "fact_sheet", "forget_exports", "path_of", "write_export",
    "write_facts",
]  # fmt: skip
