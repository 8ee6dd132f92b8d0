"""URIs with placeholders: what may be put into them, and where."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.backends.templates import Template, is_template
from configserver.errors import InvalidRequest, NoSuchRepository
from configserver.query import Query

HOST = "https://user:secret@git.example.org:8443"


@pytest.mark.parametrize(
    ("uri", "query", "resolved"),
    [
        (f"{HOST}/{{application}}", Query("foo", "dev"), f"{HOST}/foo"),
        (f"{HOST}/{{application}}.git", Query("org/repo", "dev"), f"{HOST}/org/repo.git"),
        (f"{HOST}/{{application}}/", Query("foo", "dev"), f"{HOST}/foo"),
        (f"{HOST}/x-{{profile}}", Query("foo", "a,b"), f"{HOST}/x-a,b"),
        (f"{HOST}/{{label}}", Query("foo", "dev"), f"{HOST}/trunk"),
        (f"{HOST}/{{label}}", Query("foo", "dev", "feature/x"), f"{HOST}/feature/x"),
        (f"{HOST}/{{label}}/{{label}}", Query("foo", "dev", "v1"), f"{HOST}/v1/v1"),
        ("git@host:team/{application}", Query("foo", "dev"), "git@host:team/foo"),
        ("git@host:{application}", Query("a@b", "dev"), "git@host:a@b"),
        ("git@[::1]:{application}", Query("a", "dev"), "git@[::1]:a"),
        ("ssh://git@host:22/~/{application}", Query("foo", "dev"), "ssh://git@host:22/~/foo"),
        ("file:///srv/{application}-config", Query("foo", "dev"), "file:///srv/foo-config"),
        ("file:/srv/{application}", Query("foo", "dev"), "file:/srv/foo"),
        ("/srv/{application}/{profile}", Query("f", "p"), "/srv/f/p"),
    ],
)
def test_names_become_part_of_the_path(uri: str, query: Query, resolved: str) -> None:
    assert is_template(uri)
    assert Template.parse(uri, "trunk").resolve(query, query.profiles) == resolved


@pytest.mark.parametrize(
    "uri",
    [
        "https://{application}/x",
        "https://{application}.example.org/x",
        "https://host:{profile}/x",
        "https://{label}@host/x",
        "{application}://host/x",
        "{application}",
        "git@{application}:x",
        "git@[::{application}]:x",
        "{application}:x",
        "https://host/x?y={label}",
        "https://host/x#{label}",
        "https://host/{team}",
        "https://host/{}",
    ],
)
def test_placeholders_elsewhere_are_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="placeholder"):
        Template.parse(uri)


@pytest.mark.parametrize(
    "name",
    [
        *(".", "..", "a/..", "../a", "a//b", "/a", "a/", "", "-x", "a/-x", "~root", "a/~root"),
        *("a b", "a,b", "a:b", "a%2fb", "a\\b", "a?b", "a#b", "a*b", "a\nb", "a\0b", "ä", "a{b}"),
        *("a.lock", "a.LOCK/b", ".git", "a/.GIT", "x" * 201, "x/" * 251 + "x", "${user.name}"),
    ],
)
def test_what_cannot_be_a_repository_is_refused_at_once(name: str) -> None:
    template = Template.parse(f"{HOST}/{{application}}")
    with pytest.raises(NoSuchRepository) as caught:
        template.resolve(Query(name, "dev"), "dev")
    assert "secret" not in f"{caught.value} {caught.value.hint} {caught.value.repository}"


@pytest.mark.parametrize("profiles", ["a,,b", ",", "a,..", "a,-b"])
def test_each_of_several_profiles_is_looked_at(profiles: str) -> None:
    with pytest.raises(NoSuchRepository):
        Template.parse(f"{HOST}/{{profile}}").resolve(Query("foo", profiles), profiles)


@given(st.text(max_size=20), st.text(max_size=20), st.none() | st.text(max_size=20))
def test_host_and_path_hold_whatever_is_asked(name: str, profiles: str, label: str | None) -> None:
    """No query leaves the folder that the operator named, or reaches another host."""
    template = Template.parse(f"{HOST}/base/{{application}}/{{profile}}/{{label}}.git")
    try:
        uri = template.resolve(Query(name, profiles, label), profiles)
    except NoSuchRepository:
        return
    path = uri.removeprefix(f"{HOST}/base/")
    assert path != uri
    assert re.fullmatch(r"[A-Za-z0-9._+@~,/-]+", path)
    assert not {"", ".", "..", ".git"} & set(path.split("/"))


@given(st.text(max_size=12))
def test_every_query_of_a_request_is_resolved_or_refused(text: str) -> None:
    try:
        query = Query.parse(text, "dev", text)
    except InvalidRequest:
        return
    template = Template.parse("/srv/{application}/x-{label}")
    with suppress(NoSuchRepository):
        assert template.resolve(query, "dev").startswith("/srv/")
