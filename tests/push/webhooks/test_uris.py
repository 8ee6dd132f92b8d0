"""Which URIs mean one repository."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.webhooks.uris import renamed, same_repository
from tests.push.webhooks.samples import SAMPLES

SAME = [
    ("https://github.com/org/config.git", "https://github.com/org/config"),
    ("https://github.com/org/config/", "https://github.com/org/config.git"),
    ("https://GitHub.com/Org/Config", "https://github.com/org/config"),
    ("https://user:pw@github.com/org/config", "https://token@github.com/org/config"),
    ("https://github.com:443/org/config", "http://github.com:80/org/config"),
    ("git@github.com:org/config.git", "https://github.com/org/config"),
    ("git@github.com:/org/config.git", "ssh://git@github.com/org/config"),
    ("git://github.com/org/config.git", "git+ssh://git@github.com/org/config"),
    ("ssh://git@ssh.github.com:443/org/config.git", "git@github.com:org/config.git"),
    ("https://www.github.com/org/config", "git@github.com:org/config.git"),
    ("ssh://git@altssh.gitlab.com:443/a/b/c.git", "https://gitlab.com/a/b/c"),
    ("ssh://git@altssh.bitbucket.org:443/org/config", "https://bitbucket.org/org/config.git"),
    ("https://git.example.com:8443/a/b", "ssh://git@git.example.com:2222/a/b.git"),
    ("ssh://git@git.example.com:22/a/b", "git@git.example.com:a/b"),
    ("git://git.example.com:9418/a", "git://git.example.com/a"),
    ("https://git.example.com./a/b", "https://git.example.com/a//b"),
    ("https://[2001:DB8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
    ("git@[2001:db8::1]:a", "ssh://[2001:db8::1]/a"),
    ("https://bb.example.com/scm/ORG/config.git", "ssh://git@bb.example.com:7999/org/config.git"),
    ("https://x.com/bb/scm/org/config.git", "ssh://git@x.com:7999/org/config.git"),
    ("https://x.com/projects/ORG/repos/config/browse", "https://x.com/scm/org/config.git"),
    ("https://x.com/users/jane/repos/config/browse", "https://x.com/scm/~jane/config.git"),
    ("https://dev.azure.com/org/p/_git/r", "https://org@dev.azure.com/org/p/_git/r"),
    ("https://dev.azure.com/org/p/_git/r", "git@ssh.dev.azure.com:v3/org/p/r"),
    ("https://dev.azure.com/org/My%20P/_git/r", "git@ssh.dev.azure.com:v3/org/My%20P/r"),
    ("https://dev.azure.com/org/p/_git/r", "https://org.visualstudio.com/p/_git/r"),
    (
        "https://dev.azure.com/org/p/_git/r",
        "https://org.visualstudio.com/DefaultCollection/p/_git/r",
    ),
    ("https://dev.azure.com/org/p/_git/r", "org@vs-ssh.visualstudio.com:v3/org/p/r"),
    ("https://dev.azure.com/org/_git/r", "https://dev.azure.com/org/r/_git/r"),
    ("https://org.visualstudio.com/_git/r", "https://dev.azure.com/org/r/_git/r"),
    ("file:///srv/config", "/srv/config"),
    ("file:///srv/config.git/", "file:/srv/config"),
    ("file://localhost/srv/a%20b", "/srv/a b"),
    ("https://git.example.com/shop/config", "https://git.example.com/{application}/config"),
    ("https://git.example.com/a-prod.git", "git@git.example.com:{application}-{profile}.git"),
    ("https://git.example.com/[a]", "https://git.example.com/[a]"),
]
DIFFERENT = [
    ("https://github.com/org/config", "https://github.com/org/config2"),
    ("https://github.com/org/config", "https://github.com/other/config"),
    ("https://github.com/org/config", "https://gitlab.com/org/config"),
    ("https://github.com.evil.example/org/config", "https://github.com/org/config"),
    ("https://evil.example/github.com/org/config", "https://github.com/org/config"),
    ("https://github.com@evil.example/org/config", "https://github.com/org/config"),
    ("https://evil.example#@github.com/org/config", "https://github.com/org/config"),
    ("https://git.example.com:8443/a/b", "https://git.example.com/a/b"),
    ("ssh://git@git.example.com:2222/a/b", "ssh://git@git.example.com/a/b"),
    ("https://dev.azure.com/org/p/_git/r", "https://dev.azure.com/org/q/_git/r"),
    ("https://dev.azure.com/org/p/_git/r", "https://other.visualstudio.com/p/_git/r"),
    ("/srv/config", "/srv/Config"),
    ("/srv/config", "https://srv/config"),
    ("C:\\config", "ssh://c/config"),
    ("", ""),
    ("https://", "https://"),
    ("https:///a", "https:///a"),
    ("x" * 5000, "x" * 5000),
    ("https://git.example.com/a", "https://git.example.com/[a]"),
    ("https://git.example.com/ab", "https://git.example.com/?b"),
    ("https://git.example.com/a/config", "https://git.example.com/{application}/other"),
]


@pytest.mark.parametrize(("claimed", "ours"), SAME)
def test_the_same_repository(claimed: str, ours: str) -> None:
    assert same_repository(claimed, ours)
    if "{" not in ours:
        assert same_repository(ours, claimed)


@pytest.mark.parametrize(("claimed", "ours"), DIFFERENT)
def test_another_repository(claimed: str, ours: str) -> None:
    assert not same_repository(claimed, ours)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.uris], ids=lambda sample: sample.id)
def test_all_that_a_payload_names_is_one_repository(sample: object) -> None:
    uris = sample.uris  # type: ignore[attr-defined]
    assert all(same_repository(one, other) for one in uris for other in uris)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_answered(claimed: str, ours: str) -> None:
    assert same_repository(claimed, ours) in {True, False}


def test_placeholders_take_no_time() -> None:
    ours = "https://h/" + "{a}x" * 50 + "/y"
    assert not same_repository("https://h/" + "x" * 2000, ours)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://u:p@Git.Example.com/a.git", "https://gitea:3000/a.git"),
        ("https://git.example.com:8443/a.git", "https://gitea:3000/a.git"),
        ("https://localhost:3000/a", "https://other/a"),
        ("https://localhost:3001/a", None),
        ("git@git.example.com:a/b.git", "ssh://gitea:3000/a/b.git"),
        ("/srv/git", None),
    ],
)
def test_an_alias_replaces_the_host(uri: str, expected: str | None) -> None:
    aliases = {"git.example.com": "gitea:3000", "localhost:3000": "other"}
    assert renamed(uri, aliases) == expected
