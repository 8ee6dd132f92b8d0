"""The formats table, and the cache of parsed documents."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from configserver.errors import InvalidFile
from configserver.formats import SUFFIXES, Limits, parse
from configserver.formats.cache import DocumentCache
from configserver.model import Document, Position
from configserver.snapshot import DictSnapshot


def test_suffixes_are_in_order_of_strength() -> None:
    assert SUFFIXES == (".properties", ".xml", ".yml", ".yaml")


def test_the_case_of_a_suffix_does_not_matter() -> None:
    assert parse("x.YML", b"a: 1") == (Document({"a": 1}, {"a": Position(1, 4)}),)


@pytest.mark.parametrize("path", ["x.json", "x", "yml"])
def test_other_suffixes_are_refused(path: str) -> None:
    with pytest.raises(InvalidFile):
        parse(path, b"")


def test_large_files_are_refused() -> None:
    with pytest.raises(InvalidFile, match="larger"):
        parse("x.yml", b"a: 1 ", Limits(max_bytes=4))


def test_a_blob_is_parsed_once_whatever_its_name_or_version() -> None:
    cache = DocumentCache(1_000_000)
    first = DictSnapshot({"a.yml": "x: 1", "b.yaml": "x: 1", "raw": "x: 1"}, "1")
    second = DictSnapshot({"dir/c.yml": "x: 1", "d.properties": "x: 1"}, "2")
    documents = cache.documents(first, "a.yml")
    assert documents[0].properties == {"x": 1}
    assert cache.documents(first, "b.yaml") is documents
    assert cache.documents(first, "raw", suffix=".yml") is documents
    assert cache.documents(second, "dir/c.yml") is documents
    assert cache.parsed == 1
    assert cache.documents(second, "d.properties")[0].properties == {"x": "1"}
    assert cache.parsed == 2


def test_a_failure_is_remembered_and_names_each_place() -> None:
    cache = DocumentCache(1_000_000)
    for version, path in (("1", "a.yml"), ("2", "b.yml")):
        with pytest.raises(InvalidFile) as caught:
            cache.documents(DictSnapshot({path: "x: 1\nx: 2"}, version), path)
        error = caught.value
        assert (error.path, error.version, error.line) == (path, version, 2)
    assert cache.parsed == 1


def test_old_documents_make_room() -> None:
    cache = DocumentCache(100_000)
    snapshot = DictSnapshot({f"f{n}.yml": f"x: {'y' * 30_000}{n}" for n in range(5)})
    for n in range(5):
        cache.documents(snapshot, f"f{n}.yml")
    cache.documents(snapshot, "f4.yml")
    assert cache.parsed == 5
    cache.documents(snapshot, "f0.yml")
    assert cache.parsed == 6


def test_what_does_not_fit_is_parsed_each_time() -> None:
    cache = DocumentCache(1000)
    snapshot = DictSnapshot({"f.yml": "x: " + "y" * 30_000})
    assert cache.documents(snapshot, "f.yml") == cache.documents(snapshot, "f.yml")
    assert cache.parsed == 2


def test_no_file() -> None:
    with pytest.raises(KeyError):
        DocumentCache(1000).documents(DictSnapshot({}), "f.yml")


def test_threads_that_want_one_new_file_parse_it_once() -> None:
    cache = DocumentCache(100_000_000)
    text = "".join(f"k{n}: {n}\n" for n in range(20_000))
    snapshot = DictSnapshot({"a.yml": text}, "1")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cache.documents(snapshot, "a.yml"), range(8)))
    assert cache.parsed == 1
    assert all(documents is found[0] for documents in found)
