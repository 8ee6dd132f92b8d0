"""UTF-16 code units in text, as Java strings have them."""

import re

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def join_surrogates(text: str) -> str:
    """Return the text with each surrogate pair as the character it stands for.

    A lone surrogate stays, because a Java string may hold one.
    """
    return _PAIR.sub(_join, text)


def _join(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le")
