"""Which differences are excused, and only those."""

import pytest

from tests.conformance.cases import Answer, Request
from tests.differential.differences import Exchange, judge


def exchange(path: str, *, before: str, theirs: str, ours: str) -> Exchange:
    def answer(text: str) -> Answer:
        return Answer(200, "text/plain", text)

    return Exchange(Request(path), answer(theirs), answer(ours), answer(before))


@pytest.mark.parametrize(
    ("path", "before", "theirs", "ours"),
    [
        ("/m/a-b.json", '{"a":"${q}"}', '{"a":"say "hi""}', '{"a":"say \\"hi\\""}'),
        ("/m/a-b.json", '{"a":"${q}"}', '{"a":"C:\\temp"}', '{"a":"C:\\\\temp"}'),
        ("/m/a-b.yml", "a: ${q}\n", "a: *x\n", "a: '*x'\n"),
        ("/m/a-b.yml", "a: ${q}\n", "a: b: c\n", "a: 'b: c'\n"),
        ("/m/a-b.yml", "a: ${q}\n", "a: - x\n  y\n", "a: '- x y'\n"),
        ("/m/a-b.yml", "a: ${q}\n", "a: x # y\n", "a: 'x # y'\n"),
        ("/m/a-b.yml", "a: ${q}\n", "a: [x]\n", "a: '[x]'\n"),
        ("/m/a-b.properties", "a: ${q}", "a: [B@1f2e", "a: [B@0"),
    ],
)
def test_excused(path: str, before: str, theirs: str, ours: str) -> None:
    assert judge(exchange(path, before=before, theirs=theirs, ours=ours)) is None


@pytest.mark.parametrize(
    ("path", "before", "theirs", "ours"),
    [
        ("/m/a-b.yml", "a: ${q}\n", "a: 5\n", "a: '5'\n"),
        ("/m/a-b.yml", "a: ${q}\n", "a: x y\n", "a: x\n"),
        ("/m/a-b.yml", "a: x\n", "a: x\n", "a: xyz\n"),
        ("/m/a-b.yml", "a: ${q}\nb: 1\n", "a: *x\nb: 1\n", "a: '*x'\n"),
        ("/m/a-b.json", '{"a":"${q}"}', '{"a":"say "hi""}', '{"a":"say "hi""}}'),
        ("/m/a-b.properties", "a: ${q}", "a: x: y", "a: 'x: y'"),
        ("/a/b/m", "", '{"a":"x"}', '{"a":"y"}'),
    ],
)
def test_not_excused(path: str, before: str, theirs: str, ours: str) -> None:
    assert judge(exchange(path, before=before, theirs=theirs, ours=ours)) == "body"
