"""What sops encrypted, once recorded and once right now, is served as it was before."""

import json
import re
from pathlib import Path

import pytest

from configserver.app.keys.identities import InstalledIdentities, install
from configserver.formats import parse
from configserver.model import Document, Value
from configserver.sops.opening import opened
from configserver.sops.recognise import Store, store_of
from tests.sops.cases import CASES, LISTS, PARTLY, TYPES, Case
from tests.sops.conftest import ALL
from tests.sops.record import encrypted

YAML = [case for case in CASES if store_of(case.file, case.recorded.read_bytes()) is Store.YAML]
OTHERS = [case for case in CASES if case not in YAML]


def name_of(case: Case) -> str:
    return case.name


def plain(case: Case, data: bytes, identities: InstalledIdentities) -> bytes:
    store = store_of(case.file, data)
    assert store is not None
    return opened(store, data, identities)


def values(documents: tuple[Document, ...]) -> list[dict[str, tuple[type, Value]]]:
    return [
        {key: (type(value), value) for key, value in document.properties.items()}
        for document in documents
    ]


def check(case: Case, data: bytes, identities: InstalledIdentities) -> None:
    """Compare values and their types, and where they stand; files that are no YAML as a whole."""
    found = plain(case, data, identities)
    assert b"ENC[" not in found.replace(b"; ENC[", b"")
    if case not in YAML:
        if case.file.endswith(".json"):
            assert json.loads(found) == json.loads(case.content)
        else:
            assert found == case.expected
        return
    documents = parse("x.yaml", found)
    assert values(documents) == values(parse("x.yaml", rewritten(case.content)))
    before = parse("x.yaml", data)
    for document, was in zip(documents, before, strict=True):
        lines = {key: place.line for key, place in document.origins.items()}
        if case.name == "lists":  # comments of lists are items to sops
            continue
        assert lines == {key: was.origins[key].line for key in lines}


def rewritten(content: bytes) -> bytes:
    """Return a plain YAML file as sops itself changes it by writing it anew."""
    text = content.decode()
    for written, anew in {
        "0x1F": "31",
        "0o17": "15",
        "0777": "511",
        "1_000": "1000",
        "\n  date: 2020-01-02\n": "\n  date: 2020-01-02T00:00:00Z\n",
        "yes-word: yes": 'yes-word: "yes"',
        "off: false": '"off": false',
        "[1.0, ": "[1, ",
    }.items():
        text = text.replace(written, anew)
    return text.encode()


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_recorded_file(case: Case, identities: InstalledIdentities) -> None:
    check(case, case.recorded.read_bytes(), identities)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_file_that_sops_makes_now(
    case: Case, program: str, home: Path, tmp_path: Path, identities: InstalledIdentities
) -> None:
    check(case, encrypted(program, case, tmp_path, home), identities)


def test_the_cases_are_of_all_layouts() -> None:
    assert {store_of(case.file, case.recorded.read_bytes()) for case in CASES} == set(Store)


def test_metadata_is_never_served(identities: InstalledIdentities) -> None:
    for case in CASES:
        found = plain(case, case.recorded.read_bytes(), identities)
        assert not [word for word in (b"lastmodified", b"recipient", b"sops") if word in found]


@pytest.mark.parametrize("case", YAML, ids=name_of)
def test_lines_behind_metadata_stay(case: Case, identities: InstalledIdentities) -> None:
    """Each document begins in the line in which it began, though metadata stood before it."""
    data = case.recorded.read_bytes()
    lines, found = data.splitlines(), plain(case, data, identities).splitlines()
    begun = [number for number, line in enumerate(found) if line == b"---"]
    assert begun == [number for number, line in enumerate(lines) if line == b"---"]


def test_plain_values_of_a_file_stay_as_written() -> None:
    """Only encrypted values are written anew."""
    case = next(case for case in CASES if case.name == "partly")
    found = plain(case, case.recorded.read_bytes(), install(ALL)).decode()
    assert "    block: |\n        text\n" in found
    assert "# about all" in found
    assert PARTLY.splitlines()[0] == found.splitlines()[0]


def test_comments_are_opened(identities: InstalledIdentities) -> None:
    """At their places, and as items of a list no more."""
    for name, text in {"types": TYPES, "lists": LISTS}.items():
        case = next(case for case in CASES if case.name == name)
        found = plain(case, case.recorded.read_bytes(), identities).decode()
        remark = re.compile("# [a-z ]+$", re.MULTILINE)
        assert sorted(remark.findall(found)) == sorted(remark.findall(text))


def test_types_hold_what_they_should() -> None:
    """The table of types is not empty of what it is there for."""
    kinds = {type(value) for value in parse("x.yaml", TYPES.encode())[0].properties.values()}
    assert kinds == {str, int, float, bool}
