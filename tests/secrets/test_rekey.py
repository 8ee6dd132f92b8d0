"""The ciphers of one file under another key: what changes, what is kept, what is refused."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.encryption import Locator
from configserver.encryption.locators import SingleLocator
from configserver.encryption.pem import key_of_text
from configserver.formats import parse
from configserver.secrets.rekey import Change, Rekeyed, rekeyed
from configserver.secrets.texts import Refused, decrypted, encrypted


def locator(key: str) -> Locator:
    numbers = count()

    def random(size: int) -> bytes:
        return next(numbers).to_bytes(size, "big")

    return SingleLocator(key_of_text(key, "deadbeef", random).cipher)


OLD, NEW = locator("old"), locator("new")
TYPE = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">'
XML = f"{TYPE}\n<properties>\n  %s\n</properties>\n"


def run(
    path: str, text: str, *, new: Callable[[str], str] | None = None, doubts: bool = True
) -> Rekeyed:
    change = Change(
        old=lambda value: decrypted(OLD, value),
        new=new or (lambda value: decrypted(NEW, value)),
        encrypt=lambda plain: encrypted(NEW, plain),
        doubts=doubts,
    )
    return rekeyed(path, text.encode(), change)


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("a.yml", "a: '@' # c\nb: [1, \"@\"]\n"),
        ("a.yml", "a: >-\n  @\nb: |-\n  @\n"),
        ("a.yml", "a: &x '@'\nb: *x\nc: {<<: {d: '@'}}\n"),
        ("a.yml", "a: '@'\n---\na: '@'\n"),
        ("a.properties", "a=@\r\nb : @\r\n# c\r\n"),
        ("a.properties", "a[]=@,@\n"),
        ("a.xml", XML % '<entry key="b">x</entry><entry key="a">@</entry>'),
        ("a.xml", XML % '<entry key="a">&#123;cipher}#</entry>'),
        ("a.properties", "a=\\\n  @\nb=\\u007bcipher}00\n"),
    ],
)
def test_each_cipher_of_a_file(path: str, before: str) -> None:
    text = before.replace("@", encrypted(OLD, "s"))
    text = text.replace("}#", encrypted(OLD, "s")[7:])
    text = text.replace("\\u007bcipher}00", "\\u007b" + encrypted(OLD, "s")[1:])
    result = run(path, text)
    assert not result.failed
    assert result.data is not None
    for document, was in zip(parse(path, result.data), parse(path, text.encode()), strict=True):
        assert list(document.properties) == list(was.properties)
        for key, value in document.properties.items():
            if str(was.properties[key]).startswith("{cipher}"):
                assert decrypted(NEW, str(value)) == "s"
            else:
                assert value == was.properties[key]


def test_xml_that_holds_no_properties_is_not_read() -> None:
    assert run("pom.xml", "<project>{cipher}00</project>") == Rekeyed("pom.xml")


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_xml_that_cannot_be_edited_is_not_left_behind(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>'
    text += XML % f'<entry key="a">{encrypted(OLD, "s")}</entry>'
    change = Change(lambda v: decrypted(OLD, v), lambda v: decrypted(NEW, v), lambda _: "")
    assert rekeyed("a.xml", text.encode(encoding), change).failed


def test_a_file_without_ciphers_is_not_read() -> None:
    assert run("a.yml", "a: [\n") == Rekeyed("a.yml")


def test_what_is_under_the_new_key_is_kept() -> None:
    text = f"a: '{encrypted(NEW, 's')}'\nb: '{encrypted(OLD, 's')}'\n"
    result = run("a.yml", text)
    assert [one.key for one in result.kept] == ["a"]
    assert [one.key for one in result.changed] == ["b"]
    assert result.data is not None
    assert result.data.decode().splitlines()[0] == text.splitlines()[0]


def test_what_both_keys_open_differently_is_refused() -> None:
    """CBC has no tag: by chance a wrong key makes some text of a cipher."""
    result = run("a.yml", f"a: '{encrypted(OLD, 's')}'\n", new=lambda _: "another text")
    assert result.data is None
    assert [one.about for one in result.failed] == ["both keys decrypt it, to different texts"]


def test_without_doubts_the_new_key_is_tried_only_where_the_old_one_fails() -> None:
    tried: list[str] = []

    def new(value: str) -> str:
        tried.append(value)
        return decrypted(NEW, value)

    under_new = encrypted(NEW, "s")
    text = f"a: '{under_new}'\nb: '{encrypted(OLD, 's')}'\n"
    result = run("a.yml", text, new=new, doubts=False)
    assert ([one.key for one in result.kept], [one.key for one in result.changed]) == (["a"], ["b"])
    assert tried == [under_new]


def test_the_same_key_again_is_no_failure() -> None:
    result = run("a.yml", f"a: '{encrypted(OLD, 's')}'\n", new=lambda v: decrypted(OLD, v))
    assert [one.key for one in result.changed] == ["a"]


def test_refusals_name_the_alias_and_nothing_else() -> None:
    with pytest.raises(Refused, match="another key made it"):
        decrypted(OLD, "{cipher}{key:x}canary")


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_any_text_there_and_back(text: str) -> None:
    value = encrypted(OLD, text, "an alias")
    assert value.startswith("{cipher}{key:an alias}")
    assert decrypted(OLD, value) == text
    result = run("a.yml", f"a: '{value}'\n")
    assert result.data is not None
    assert decrypted(NEW, str(parse("a.yml", result.data)[0].properties["a"])) == text
