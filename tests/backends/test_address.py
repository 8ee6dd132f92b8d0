"""URIs: which are remote, and how they are shown."""

import pytest
from dulwich.objects import ObjectID
from dulwich.refs import Ref

from configserver.backends.git.address import Address
from configserver.backends.git.fetching.moves import merge
from configserver.backends.git.fetching.worker import scrub


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:/srv/config", "/srv/config"),
        ("file:///srv/config", "/srv/config"),
        ("file:///srv/config/", "/srv/config/"),
        ("file://localhost/srv/config", "/srv/config"),
        ("file:/srv/a%20b", "/srv/a b"),
        ("file:config", "config"),
        ("/srv/config.git", "/srv/config.git"),
        ("./config", "./config"),
        ("../a:b", "../a:b"),
        ("https://example.org/config", None),
        ("git://127.0.0.1:9418/config", None),
        ("ssh://git@example.org/config", None),
        ("git@example.org:team/config.git", None),
        ("host:config", None),
    ],
)
def test_a_repository_on_this_machine_has_a_path(uri: str, path: str | None) -> None:
    assert Address.parse(uri).path == path


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://example.org/c", "https://example.org/c"),
        ("https://user:pass@example.org/c", "https://user:******@example.org/c"),
        ("https://user:p@ss@example.org:8/c?x", "https://user:******@example.org:8/c?x"),
        ("https://token@example.org/c", "https://******@example.org/c"),
        ("HTTP://token@example.org/c", "HTTP://******@example.org/c"),
        ("ssh://git@example.org/c", "ssh://git@example.org/c"),
        ("ssh://git:pass@example.org/c", "ssh://git:******@example.org/c"),
        ("git@example.org:c", "git@example.org:c"),
        ("file:/srv/a@b", "file:/srv/a@b"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_credentials_are_masked_wherever_a_uri_is_shown(uri: str, shown: str) -> None:
    address = Address.parse(uri)
    assert address.shown == shown
    assert repr(address) == f"Address({shown!r})"


@pytest.mark.parametrize(
    ("before", "remote", "prune", "after"),
    [
        ({}, {"heads/a": "1"}, False, {"heads/a": "1"}),
        ({"heads/a": "1"}, {"heads/a": "2"}, False, {"heads/a": "2"}),
        ({"heads/b": "1"}, {"heads/a": "2"}, False, {"heads/a": "2", "heads/b": "1"}),
        ({"heads/b": "1", "tags/t": "1"}, {}, True, {"tags/t": "1"}),
        ({"heads/a": "1"}, {"heads/a/b": "2"}, False, {"heads/a/b": "2"}),
        ({"heads/a/b": "1"}, {"heads/a": "2"}, False, {"heads/a": "2"}),
    ],
)
def test_refs_after_a_fetch(
    before: dict[str, str], remote: dict[str, str], prune: bool, after: dict[str, str]
) -> None:
    def refs(short: dict[str, str]) -> dict[Ref, ObjectID]:
        return {
            Ref(f"refs/{name}".encode()): ObjectID(found.encode()) for name, found in short.items()
        }

    assert merge(refs(before), refs(remote), prune=prune) == refs(after)


@pytest.mark.parametrize(
    ("uri", "text", "shown"),
    [
        ("https://u:s%40cret@h/", "at https://u:s%40cret@h/", "at https://u:******@h/"),
        ("https://u:s%40cret@h/", "s@cret refused", "****** refused"),
        ("https://u:s@cret@h/", "not s%40cret", "not ******"),
        ("https://ghp_token@h/", "ghp_token: no", "******: no"),
        ("https://u:pw@h/", "pwd? https://u:pw@h/", "******d? https://u:******@h/"),
        ("https://u:pw@h/", "could not connect to h", "could not connect to h"),
        ("https://h/", "nothing to hide", "nothing to hide"),
        ("git@h:c", "git@h refused", "git@h refused"),
    ],
)
def test_messages_of_the_worker_hold_no_credentials(uri: str, text: str, shown: str) -> None:
    assert scrub(text, uri) == shown
