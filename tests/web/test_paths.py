import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.errors import InvalidRequest
from configserver.web.paths import parse_target, raw_path


@pytest.mark.parametrize(
    ("target", "segments"),
    [
        ("/", ("",)),
        ("/foo/dev", ("foo", "dev")),
        ("/foo/dev?x=1", ("foo", "dev")),
        ("/foo/dev/", ("foo", "dev", "")),
        ("//foo//dev", ("", "foo", "", "dev")),
        ("/gr%C3%B6%C3%9Fe/a%20b", ("größe", "a b")),
        ("/a+b/c%2Bd", ("a+b", "c+d")),
        ("/foo%252Fbar/x", ("foo%2Fbar", "x")),
        ("/foo;v=1/dev;w=2;x/main;", ("foo", "dev", "main")),
        ("/a%3Bb/dev", ("a;b", "dev")),
        ("/;a/foo", ("", "foo")),
        ("/./a/../b", (".", "a", "..", "b")),
        ("/%2e%2E/b", ("..", "b")),
        ("http://host:8888/foo/dev?x", ("foo", "dev")),
        ("http://host", ("",)),
    ],
)
def test_a_path_is_cut_at_slashes_and_decoded_once(target: str, segments: tuple[str, ...]) -> None:
    assert parse_target(target).segments == segments


@pytest.mark.parametrize(
    "target",
    [
        *("/a%2Fb", "/a%2fb", "/a%5Cb", "/a%5cb", "/a\\b", "/a%00b", "/a;x=%2F"),
        *("/%zz", "/%", "/%1", "/a%C3", "/%F6", "/%ED%A0%80", "/größe", "/a b", "/a\x07"),
        *("/{a}", "/a|b", "/a<b", '/a"b', "/a^b", "/a`b", "/a[0]", "/a#b"),
        *("*", "", "foo/dev", "/a?%zz", "/a?b=%", "/a?b=%ff"),
    ],
)
def test_what_tomcat_refuses_is_refused(target: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_target(target)


@given(st.text(max_size=40))
def test_any_target_is_parsed_or_refused(text: str) -> None:
    try:
        target = parse_target("/" + text)
    except InvalidRequest:
        return
    assert target.path == raw_path("/" + text)
    assert not any("/" in segment or "\\" in segment for segment in target.segments)


@pytest.mark.parametrize(
    ("query", "flag"),
    [
        ("", True),
        ("other=1", True),
        ("Resolve=false", True),
        ("resolve", True),
        ("resolve=", True),
        ("resolve=TRUE&resolve=false", True),
        *((f"resolve={word}", True) for word in ("true", "on", "yes", "1", "%20true+")),
        *((f"resolve={word}", False) for word in ("false", "Off", "no", "0", "%20false%20")),
    ],
)
def test_flags_are_spelt_as_in_spring(query: str, flag: bool) -> None:
    assert parse_target(f"/a?{query}").flag("resolve", default=True) is flag


@pytest.mark.parametrize("word", ["2", "t", "y", "null", "maybe", "false,true"])
def test_other_spellings_of_a_flag_are_refused(word: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_target(f"/a?resolve={word}").flag("resolve", default=True)
