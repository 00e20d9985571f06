"""Pay plans: YAML becomes `engine.pay.plan.Plan`, or is refused with every problem named by file, line and fix."""

from collections.abc import Iterator
from pathlib import Path

from yuandian.engine.pay.plan import Plan
from yuandian.packs import pay_checks
from yuandian.packs.documents import fill, read
from yuandian.packs.draft import HERE, Part
from yuandian.packs.problems import PackError, Problem, suggestion

ENDINGS = (".yaml", ".yml")


def plans(pack_id: str | None = None) -> dict[str, Path]:
    """The plans that come with the house, or with one pack, by name."""
    return {path.stem: path for path in sorted(HERE.glob(f"{pack_id or '*'}/pay/*.yaml"))}


def load_plan(name: str | Path) -> Part[Plan]:
    """A plan by name, or from a file of one's own. Raises PackError."""
    path = Path(name)
    if path.suffix.lower() not in ENDINGS:
        known = plans()
        if str(name) not in known:
            fix = f"{suggestion(str(name), known)} A file of your own ends in .yaml"
            raise PackError([Problem(f"pay/{name}.yaml", 1, f"there is no plan `{name}`", fix)])
        path = known[str(name)]
    return _read(path)


def check_plans(folder: Path) -> Iterator[Problem]:
    """All that is wrong with the plans of a pack's folder."""
    for path in sorted((folder / "pay").glob("*.yaml")):
        try:
            part = _read(path)
        except PackError as error:
            yield from error.problems
            continue
        if part.value.pack != folder.name:
            what = f"the plan is of pack `{part.value.pack}` but lies in `{folder.name}`"
            yield part.document.problem(("pack",), what, f"write `pack: {folder.name}`")
        if part.value.id != path.stem:
            what = f"the plan is called `{part.value.id}` but its file `{path.stem}`"
            yield part.document.problem(("id",), what, "rename one")


def _read(path: Path) -> Part[Plan]:
    whole = path.resolve()
    root = whole.parent.parent.parent if whole.parent.name == "pay" else whole.parent
    document = read(whole, root)
    part = Part(document, fill(document, Plan))
    if problems := list(pay_checks.check(part)):
        raise PackError(problems)
    return part
