"""The figures of one repository size as a table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Local:
    """A server on a local repository.

    Attributes:
        first: seconds from process start to the first answer.
        memory: resident megabytes, idle after the first answer.
        cold: seconds from a commit to an answer with its content.
    """

    first: float
    memory: float
    cold: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured for one size of repository.

    Attributes:
        rate: cached answers per second of ours, the original and the bare handler.
        ours: ours on a local repository.
        theirs: the original there.
        parsed: files that ours parsed for fifty applications, and again after a commit of one.
    """

    rate: tuple[float, float, float]
    ours: Local
    theirs: Local
    parsed: tuple[int, int]


def report(files: int, figures: Figures) -> str:
    """Return the table, ratios last."""
    ours, theirs, bare = figures.rate
    rows = [
        ("", "ours", "original", "bare", "ratio"),
        ("cached answers/s", f"{ours:,.0f}", f"{theirs:,.1f}", f"{bare:,.0f}", ""),
        ("  ours : original", "", "", "", f"{ours / theirs:,.0f}"),
        ("  ours : bare handler", "", "", "", f"{ours / bare:.2f}"),
        _pair("first answer, s", figures.ours.first, figures.theirs.first, "{:.2f}"),
        _pair("idle memory, MB", figures.ours.memory, figures.theirs.memory, "{:.0f}"),
        _pair("answer after a commit, s", figures.ours.cold, figures.theirs.cold, "{:.3f}"),
        ("files parsed for 50 applications", str(figures.parsed[0]), "", "", ""),
        ("  again after a commit of one file", str(figures.parsed[1]), "", "", ""),
    ]
    lines = ("{:36}{:>10}{:>10}{:>10}{:>9}".format(*row).rstrip() for row in rows)
    return "\n".join([f"{files:,} files", *lines, ""])


def _pair(title: str, ours: float, theirs: float, form: str) -> tuple[str, str, str, str, str]:
    return title, form.format(ours), form.format(theirs), "", f"{theirs / ours:,.1f}"
