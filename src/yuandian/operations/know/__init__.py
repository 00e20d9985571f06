"""Know: files become facts, batch by batch, and whatever is refused says where and why (X5)."""

from yuandian.operations.know.file import import_file
from yuandian.operations.know.folder import import_folder
from yuandian.operations.know.taking import Imported, Progress

__all__ = ["Imported", "Progress", "import_file", "import_folder"]
