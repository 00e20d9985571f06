"""`python -m benchmarks [--only NAME] [--quick]`: every module here with a `main(quick)` is a benchmark."""

import argparse
import importlib
import pkgutil
from types import ModuleType

import benchmarks


def registered() -> dict[str, ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"]
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in sorted(names)}
    return {name: module for name, module in modules.items() if hasattr(module, "main")}


def main() -> None:
    found = registered()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("--only", action="append", choices=found, help="this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repetition")
    wanted = parser.parse_args()
    for name in wanted.only or found:
        print(f"\n== {name}: {(found[name].__doc__ or '').splitlines()[0]}")
        found[name].main(quick=wanted.quick)


if __name__ == "__main__":
    main()
