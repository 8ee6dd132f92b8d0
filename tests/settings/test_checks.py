"""What is refused at the start: the form of a URI, and settings that rule each other out."""

from pathlib import Path

import pytest

from configserver.errors import SettingsError
from tests.settings.conftest import bind_lines, long


def errors(lines: str) -> list[str]:
    try:
        bind_lines(lines)
    except SettingsError as error:
        return str(error).splitlines()
    return []


HOST = "may not hold placeholders in its host or port, only in its path"
FILLS = "holds a placeholder that nothing fills"
DASH = "may not have a host or user that begins with '-'"
PORT = "should have a port between 1 and 65535"


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("https://h.example/{application}", None),
        ("https://h.example/{application}-{profile}/{label}.git", None),
        ("git@h.example:{application}/x", None),
        ("file:///srv/{application}", None),
        ("/srv/{label}", None),
        ("ssh://git@[::1]:22/r", None),
        ("git@[::1]:r", None),
        ("https://me:p@ss@h.example:8443/r", None),
        ("git://h.example/r", None),
        ("host:r", None),
        ("https://{application}.example/r", HOST),
        ("https://h.example:{profile}/r", HOST),
        ("https://{application}@h.example/r", HOST),
        ("https://{label}/r", HOST),
        ("ssh://git@{application}/r", HOST),
        ("git@{application}.example:r", HOST),
        ("{application}:r", HOST),
        ("https://h.example/{name}", FILLS),
        ("https://h.example/${MISSING}", FILLS),
        ("https://h.example/{}", FILLS),
        ("https://h.example/{application:x}", FILLS),
        ("/srv/{Application}", FILLS),
        ("ssh://-oProxyCommand=x/r", DASH),
        ("ssh://git@-oProxyCommand=x/r", DASH),
        ("ssh://-oProxyCommand=x@h/r", DASH),
        ("-oProxyCommand=x:r", DASH),
        ("git@-h:r", DASH),
        ("git+ssh://-h/r", DASH),
        ("https://h.example:x/r", PORT),
        ("https://h.example:0/r", PORT),
        ("https://h.example:65536/r", PORT),
        ("ssh://git@[::1]:99999/r", PORT),
    ],
)
@pytest.mark.parametrize("place", ["git", "repos", "member", "further", "further-nested"])
def test_uri(uri: str, reason: str | None, place: str) -> None:
    lines, name = {
        "git": (f"\n<git>.uri = {uri}", "<git>.uri"),
        "repos": (f"<git>.uri = /a\n<git>.repos.x.uri = {uri}", "<git>.repos.x.uri"),
        "member": (
            f"<composite>[0].type = git\n<composite>[0].uri = {uri}\n<active> = composite",
            "<composite>[0].uri",
        ),
        "further": (
            f"<git>.uri = /a\n<own>.git.fallback-uris = https://b.example/r,{uri}",
            "<own>.git.fallback-uris",
        ),
        "further-nested": (
            f"<git>.uri = /a\n<own>.git.repos.x.fallback-uris = {uri}\n<git>.repos.x = /b",
            "<own>.git.repos.x.fallback-uris",
        ),
    }[place]
    found = errors(lines)
    if reason is None:
        assert found == []
        return
    (only,) = found
    assert only.startswith(long(f"f.yml:2: {name} {reason}"))
    assert uri not in only


SSH = """\
<git>.uri = git@h.example:r
<git>.ignore-local-ssh-settings = true
"""
KEY = "<git>.private-key = k\n"
ALGORITHM = "<git>.host-key-algorithm = ssh-ed25519\n"


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (SSH, "2: <git>.private-key is not set, and ignore-local-ssh-settings leaves no other key"),
        (SSH + KEY, None),
        (SSH + "<own>.git.private-key-files = /k", None),
        (SSH.replace("git@h.example:r", "ssh://h.example/r"), "2: <git>.private-key is not set"),
        (SSH.replace("git@h.example:r", "https://h.example/r"), None),
        (SSH.replace("git@h.example:r", "file:///srv/r"), None),
        (SSH.replace("git@h.example:r", "git://h.example/r"), None),
        (SSH.replace("true", "false"), None),
        (
            SSH.replace("git@h.example:r", "https://h.example/r")
            + "<own>.git.fallback-uris = git@h.example:r",
            "2: <git>.private-key is not set",
        ),
        (
            SSH.replace("git@h.example:r", "/top") + "<git>.repos.x = git@h.example:x",
            "3: <git>.repos.x.private-key is not set",
        ),
        (
            SSH.replace("git@h.example:r", "/top") + "<git>.repos.x = git@h.example:x\n" + KEY,
            None,
        ),
        (
            SSH + KEY + "<git>.host-key = AAAA",
            "4: <git>.host-key-algorithm is not set, but host-key is",
        ),
        (SSH + KEY + ALGORITHM, "4: <git>.host-key is not set, but host-key-algorithm is"),
        (SSH + KEY + ALGORITHM + "<git>.host-key = AAAA", None),
        (
            SSH + KEY + "<git>.host-key = AAAA\n<git>.host-key-algorithm = ssh-md5",
            (
                "5: <git>.host-key-algorithm should be ssh-ed25519, ssh-rsa, ssh-dss, "
                "rsa-sha2-256, rsa-sha2-512, ecdsa-sha2-nistp256, "
                "ecdsa-sha2-nistp384 or ecdsa-sha2-nistp521"
            ),
        ),
    ],
)
def test_keys_of_ssh(lines: str, error: str | None) -> None:
    assert_one(lines, error)


@pytest.mark.parametrize(
    "algorithm",
    [
        *("ssh-dss", "ssh-rsa", "ssh-ed25519", "rsa-sha2-256", "rsa-sha2-512"),
        *(f"ecdsa-sha2-nistp{bits}" for bits in (256, 384, 521)),
    ],
)
def test_algorithms(algorithm: str) -> None:
    assert_one(f"{SSH}{KEY}<git>.host-key = A\n<git>.host-key-algorithm = {algorithm}", None)


APP = """\
<own>.git.github-app.app-id = 1
<own>.git.github-app.installation-id = 2
<own>.git.github-app.private-key = k
"""


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("<git>.username = u\n<git>.password = p", None),
        ("<git>.username = u\n<own>.git.token = t", None),
        ("<own>.git.token = t\n<own>.git.token-file =", None),
        (
            "<own>.git.bearer = t\n<own>.git.token = t",
            "1: <own>.git.bearer is set besides <own>.git.token; use only one of them",
        ),
        (
            "<git>.password = p\n<own>.git.password-file = /p",
            "2: <own>.git.password-file is set besides <git>.password; use only one of them",
        ),
        (
            "<git>.password = p\n<own>.git.token = p",
            "2: <own>.git.token is set besides <git>.password",
        ),
        (
            "<own>.git.token = p\n<own>.git.token-file = /p",
            "2: <own>.git.token-file is set besides <own>.git.token",
        ),
        (
            "<own>.git.bearer = p\n<own>.git.bearer-file = /p",
            "2: <own>.git.bearer-file is set besides <own>.git.bearer",
        ),
        (
            "<own>.git.bearer = p\n<own>.git.credential-helper = x",
            "2: <own>.git.credential-helper is set besides <own>.git.bearer",
        ),
        (
            APP + "<own>.git.token = t",
            "1: <own>.git.github-app.app-id is set besides <own>.git.token",
        ),
        (
            "<git>.passphrase = p\n<own>.git.passphrase-file = /p",
            "2: <own>.git.passphrase-file is set besides <git>.passphrase",
        ),
        (
            (
                "<git>.uri = /a\n<git>.repos.x.uri = /x\n<git>.repos.x.password = p\n"
                "<own>.git.repos.x.token = t"
            ),
            "4: <own>.git.repos.x.token is set besides <git>.repos.x.password",
        ),
        (
            "<own>.git.token = t\n<git>.uri = /a\n<git>.repos.x = /x\n<git>.repos.x.password = p",
            None,
        ),
        (APP, None),
        (
            APP + "<own>.git.github-app.private-key-file = /k",
            (
                "4: <own>.git.github-app.private-key-file is set besides "
                "<own>.git.github-app.private-key"
            ),
        ),
        (
            APP.replace("app-id", "api"),
            "1: <own>.git.github-app.app-id is not set",
        ),
        (
            APP.replace("installation-id", "api"),
            "1: <own>.git.github-app.installation-id is not set",
        ),
        (
            APP.replace("private-key", "api"),
            "1: <own>.git.github-app.private-key is not set",
        ),
        (
            "<own>.git.client-key = /k",
            "1: <own>.git.client-certificate is not set, but client-key is",
        ),
        ("<own>.git.client-certificate = /c\n<own>.git.client-key = /k", None),
        (
            "<git>.proxy.http.host = h",
            "1: <git>.proxy.http.port is not set",
        ),
        (
            "<git>.proxy.https.port = 80",
            "1: <git>.proxy.https.host is not set",
        ),
        ("<git>.proxy.http.host = h\n<git>.proxy.http.port = 80", None),
        (
            "<git>.proxy.http.host = h\n<git>.proxy.http.port = 65536",
            "2: <git>.proxy.http.port should be less than or equal to 65535",
        ),
        ("<own>.git.max-stale = -1", "1: <own>.git.max-stale should be greater than or equal to 0"),
        ("<own>.fetch-limit = 0", "1: <own>.fetch-limit should be greater than or equal to 1"),
        ("<git>.repos.x = /x", "1: <git>.uri is not set"),
        ("<git>.uri = /a\n<git>.repos.x.pattern = /x", "2: <git>.repos.x.uri is not set"),
        ("<git>.uri = /a\n<own>.git.repos.x.token = t", "2: <git>.repos.x.uri is not set"),
        ("<git>.uri = {x}\n<git>.repos.x = {x}\n<active> = native", None),
    ],
)
def test_together(lines: str, error: str | None) -> None:
    assert_one(lines, error)


def test_known_hosts_must_exist(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    lines = f"<git>.uri = /a\n<git>.known-hosts-file = {hosts}"
    (only,) = errors(lines)
    assert only == long("f.yml:2: <git>.known-hosts-file names a file that is not there")
    hosts.touch()
    assert errors(lines) == []


def test_all_at_once_in_the_order_of_their_lines() -> None:
    lines = """\
<git>.uri = https://{label}/r
<git>.timeout = x
<own>.git.token = a
<own>.git.bearer = b
<git>.repos.one = ssh://-h/r
<git>.repos.two.pattern = p
server.port = x
"""
    found = errors(lines)
    assert [line.split(" ")[0] for line in found] == [
        f"f.yml:{number}:" for number in (1, 2, 4, 5, 6, 7)
    ]


def test_variables_are_named() -> None:
    with pytest.raises(SettingsError) as caught:
        bind_lines("", SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_A_PATTERN="x")
    where = "environment SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_A_PATTERN"
    assert long(f"{where}: <git>.repos.a.uri is not set") in str(caught.value)


def assert_one(lines: str, error: str | None) -> None:
    found = errors(lines)
    if error is None:
        assert found == []
    else:
        (only,) = found
        assert only.startswith(long(f"f.yml:{error}"))
