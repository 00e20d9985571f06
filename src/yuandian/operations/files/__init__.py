"""Files into rows of text: csv in any usual encoding, Excel and Parquet, read apart and in bounded memory.

Nothing here knows what a column means; `engine.know.intake` types the cells.
"""

from yuandian.operations.files.apart import read_apart
from yuandian.operations.files.cells import harmless, plain
from yuandian.operations.files.opening import ENDINGS, ending
from yuandian.operations.files.rows import LIMITS, FileError, Limits, RowSource
from yuandian.operations.files.spool import sweep

__all__ = [
    "ENDINGS", "LIMITS", "FileError", "Limits", "RowSource", "ending", "harmless", "plain", "read_apart", "sweep",
]  # fmt: skip
