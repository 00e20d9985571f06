"""Locks name versions and hashes, and no address of a registry."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def problems() -> list[str]:
    found = []
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        text = lock.read_text()
        for block in re.split(r"\n(?=\S)", text):
            if block.strip() and not block.startswith("#") and "--hash=sha256:" not in block:
                found.append(f"{lock.name}: no hash for {block.split()[0]}")
        if "://" in text:
            found.append(f"{lock.name}: names an address")
    if "://registry" in (ROOT / "package-lock.json").read_text():
        found.append("package-lock.json: names a registry")
    return found


if __name__ == "__main__":
    if found := problems():
        raise SystemExit("\n".join(found))
