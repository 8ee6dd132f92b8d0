"""Words that several commands print."""


def counted(number: int, noun: str) -> str:
    """Return `1 file`, `2,000 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
