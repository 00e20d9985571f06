"""`python -m benchmarks [--only NAME] [--quick]`: every module here with a `main(quick=…)` is a benchmark."""

import argparse
import importlib
import pkgutil

import benchmarks


def main() -> None:
    names = sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__"
    )
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("--only", action="append", choices=names, help="this one; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes, one repetition")
    wanted = parser.parse_args()
    for name in wanted.only or names:
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"\n== {name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
            module.main(quick=wanted.quick)


if __name__ == "__main__":
    main()
