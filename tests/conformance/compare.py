"""When two answers agree."""

import difflib
import json
from typing import Any

from tests.conformance.cases import Answer, Request

_TAKEN_AS_WELL = {"safe": (400, 404), "refused": (500,)}
"""What `compare` takes in place of the recorded answer."""


def difference(expected: Answer, got: Answer, request: Request) -> str | None:
    """Return what differs first, or None where the two agree.

    Errors are compared by status only. A 500 of the original is met by any error but 404, which
    would tell a client that there is nothing to be had. A request may loosen the rules:
    `status` leaves the body open, `safe` also takes a refusal with 400 or 404 (later versions of
    the original refuse such paths), `refused` takes a 500 (the original serves what lies inside of
    it), `unordered` leaves the order of keys open.
    """
    if got.status in _TAKEN_AS_WELL.get(request.compare, ()):
        return None
    if expected.status == 500 and got.status >= 400 and got.status != 404:
        return None
    if expected.status != got.status:
        return f"status {got.status} instead of {expected.status}"
    if expected.status >= 400 or request.compare == "status":
        return None
    if _media_type(expected) != _media_type(got):
        return f"content type {got.type!r} instead of {expected.type!r}"
    return None if _same_body(expected, got, request) else "body"


def show(expected: Answer, got: Answer) -> str:
    """Return a readable difference of two bodies, JSON spread over lines."""
    before, after = _lines(expected), _lines(got)
    return "\n".join(difflib.unified_diff(before, after, "expected", "got", lineterm="", n=1))


def _media_type(answer: Answer) -> str:
    return answer.type.replace(" ", "").lower()


def _same_body(expected: Answer, got: Answer, request: Request) -> bool:
    if (expected.text, expected.base64) == (got.text, got.base64):
        return True
    if request.compare != "unordered" or expected.text is None or got.text is None:
        return False
    return bool(_unordered(expected.text) == _unordered(got.text))


def _unordered(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return sorted(text.splitlines())


def _lines(answer: Answer) -> list[str]:
    text = answer.text if answer.text is not None else f"base64 {answer.base64}"
    try:
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False).splitlines()
    except ValueError:
        return [repr(line) for line in text.split("\n")]
