"""Locks name versions and hashes, and no address of a registry."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def problems() -> list[str]:
    """What is wrong with the locks, one sentence each."""
    locks = {path.name: path.read_text() for path in sorted((ROOT / "requirements").glob("*.txt"))}
    unhashed = [
        f"{name}: no hash for {block.split()[0]}"
        for name, text in locks.items()
        for block in re.split(r"\n(?=\S)", text)
        if block.strip() and "--hash=sha256:" not in block
    ]
    locks["package-lock.json"] = (ROOT / "package-lock.json").read_text().replace('"url": "https://', "")
    return unhashed + [f"{name}: names an address" for name, text in locks.items() if "://" in text]


if __name__ == "__main__":
    if found := problems():
        raise SystemExit("\n".join(found))
