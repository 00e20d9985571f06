"""records ⇄ engine tables: the only crossing. Columns travel as Arrow, never row by row in Python."""

from yuandian.records.frames.dialect import refresh_statistics, release
from yuandian.records.frames.merge import Merged, merge
from yuandian.records.frames.read import facts_of
from yuandian.records.frames.results import replace_results

__all__ = ["Merged", "facts_of", "merge", "refresh_statistics", "release", "replace_results"]
