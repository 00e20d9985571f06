"""Numbers in addresses and forms: what is not one is none, whatever somebody typed."""


def number(text: str) -> int | None:
    """The whole number that the text is, if a database could hold it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
