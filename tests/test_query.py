"""What is refused at the door, and what is not."""

import pytest

from configserver.errors import InvalidRequest
from configserver.query import Query


@pytest.mark.parametrize(
    ("name", "profiles", "label", "expected"),
    [
        ("foo", "dev", None, Query("foo", "dev", None)),
        ("org(_)app", "dev,eu", "feature(_)x", Query("org/app", "dev,eu", "feature/x")),
        ("foo ", "dév", "a,,b", Query("foo ", "dév", "a,,b")),
        ("foo%2Fbar", "1.2_3-x@y+z", "$", Query("foo%2Fbar", "1.2_3-x@y+z", "$")),
    ],
)
def test_accepted(name: str, profiles: str, label: str | None, expected: Query) -> None:
    assert Query.parse(name, profiles, label) == expected


@pytest.mark.parametrize(
    ("name", "profiles", "label"),
    [
        ("..", "dev", None),
        ("a..b", "dev", None),
        ("foo#", "dev", None),
        ("..%2F..%2Fetc%2Fpasswd%23foo", "development", None),
        ("foo%252e%252e", "dev", None),
        ("(_)foo", "dev", "main"),
        ("%28_%29foo", "dev", "main"),
        ("a\nb", "dev", "main"),
        ("a%0ab", "dev", "main"),
        ("a*", "dev", "main"),
        ("a%b", "dev", "main"),
        ("foo", "..", None),
        ("foo", "%2e%2e", None),
        ("foo", "bar,..,foo", None),
        ("foo", "dev, mysql", "main"),
        ("foo", "dev,,x", "main"),
        ("foo", "-dev", "main"),
        ("foo", "dev!", "main"),
        ("foo", "dev(_)x", "main"),
        ("foo", "", "main"),
        ("foo", "dev", "..(_).."),
        ("foo", "dev", "%2E%2E"),
        ("foo", "dev", "x#"),
        ("x" * 9000, "dev", None),
    ],
)
def test_refused_with_400(name: str, profiles: str, label: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        Query.parse(name, profiles, label)
    assert caught.value.status == 400


def test_a_bad_profile_without_label_is_a_404_as_in_the_original() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Query.parse("foo", "dev!")
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("query", "applications", "profiles", "labels"),
    [
        (Query("foo", "dev"), ("foo",), ("dev",), ()),
        (Query("a,,b, a", "x,y,x", "m,,n,m,"), ("a", "b"), ("x", "y"), ("m", "n", "m")),
        (Query(" ", "x", ","), (), ("x",), ()),
    ],
)
def test_taken_apart(
    query: Query,
    applications: tuple[str, ...],
    profiles: tuple[str, ...],
    labels: tuple[str, ...],
) -> None:
    assert query.applications == applications
    assert query.profile_names == profiles
    assert query.labels == labels
