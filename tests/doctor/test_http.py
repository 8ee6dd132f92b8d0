"""Certificates, logins and proxies of real web servers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from configserver.backends.git.access import Access, Proxy
from configserver.doctor.greeting import greeting_of
from configserver.secret import Secret
from tests.backends.conftest import Daemon, GitRepository
from tests.doctor.conftest import examined, target
from tests.peers.authority import Authority
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.proxy import HttpProxy


def test_a_port_without_tls(daemon: Daemon) -> None:
    name, text, why, _ = examined(target(f"https://127.0.0.1:{daemon.port}/x")).failed()
    assert (name, text) == ("certificate", "no TLS connection")
    assert why


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (
            (("localhost",), False, False),
            (
                "its issuer, Test CA, is not among the CAs that are trusted here",
                "name the CA's certificate in configserver.git.ca-file",
            ),
        ),
        (
            (("localhost",), True, True),
            ("it has expired", "renew the certificate on the host, or check this machine's clock"),
        ),
        (
            (("git.example.org", "git"), False, True),
            (
                "it is for git.example.org, git, not for localhost",
                "use one of these names in the URI, or give the host a certificate with this name",
            ),
        ),
    ],
    ids=["unknown CA", "expired", "wrong host"],
)
def test_a_certificate_that_is_not_to_be_trusted(
    repository: GitRepository,
    authority: Authority,
    shown: tuple[tuple[str, ...], bool, bool],
    told: tuple[str, str],
) -> None:
    names, expired, trusted = shown
    certificate = authority.server(*names, expired=expired)
    access = Access(ca_file=str(authority.ca_file) if trusted else None)
    with HttpGit(repository.path.parent, tls=certificate) as host:
        found = examined(target(host.uri("config"), access=access))
    name, text, *seen = found.failed()
    assert (name, tuple(seen)) == ("certificate", told)
    assert text.startswith(f"{names[0]} by Test CA, ")


def test_a_certificate_that_is_not_checked_is_warned_of(
    repository: GitRepository, authority: Authority
) -> None:
    with HttpGit(repository.path.parent, tls=authority.server("elsewhere", expired=True)) as host:
        found = examined(target(host.uri("config"), access=Access(verify_tls=False)))
    step = found.steps["certificate"]
    assert step.outcome.value == "warning"
    assert "NOT checked" in step.warnings[0].why
    assert step.warnings[1].why == "elsewhere: it has expired"
    assert found.outcomes["sample"] == "ok", found.text


@pytest.mark.parametrize(
    ("access", "text"),
    [
        (Access(), "not accepted (401): no credentials"),
        (
            Access(username="bot", password=Secret("canary-wrong")),
            "not accepted (401): the password of user 'bot'",
        ),
        (Access(token=Secret("canary-wrong")), "not accepted (401): the token"),
    ],
)
def test_a_login_that_is_refused(repository: GitRepository, access: Access, text: str) -> None:
    with HttpGit(repository.path.parent, users={"bot": "right"}) as host:
        found = examined(target(host.uri("config"), access=access))
    name, seen, why, do = found.failed()
    assert (name, seen) == ("log in", text)
    assert why
    assert do
    assert "canary" not in found.text


def test_a_right_that_is_missing(repository: GitRepository) -> None:
    with HttpGit(repository.path.parent) as host:
        host.answer_with(403)
        name, text, why, do = examined(target(host.uri("config"))).failed()
    assert (name, text) == ("log in", "not allowed (403): no credentials")
    assert why
    assert do == "give this user or key the right to read the repository"


def test_a_repository_that_is_not_there(repository: GitRepository) -> None:
    with HttpGit(repository.path.parent) as host:
        name, _, why, do = examined(target(host.uri("nothing"))).failed()
    assert name == "list refs"
    assert why
    assert "check the path in the URI" in do


def test_a_web_page_instead_of_git(repository: GitRepository) -> None:
    with HttpGit(repository.path.parent) as host:
        host.answer_html()
        name, *_ = examined(target(host.uri("config"))).failed()
    assert name == "list refs"


def test_the_way_through_a_proxy(repository: GitRepository, authority: Authority) -> None:
    with (
        HttpGit(repository.path.parent, tls=authority.server("localhost")) as host,
        HttpProxy(login=("me", "canary-proxy")) as proxy,
    ):
        through = Proxy(proxy.host, proxy.port, username="me", password=Secret("canary-proxy"))
        access = Access(https_proxy=through, ca_file=str(authority.ca_file))
        found = examined(target(host.uri("config"), access=access))
        refused = replace(access, https_proxy=replace(through, password=Secret("canary-wrong")))
        name, text, why, do = examined(target(host.uri("config"), access=refused)).failed()
    assert found.report.outcome.value == "ok", found.text
    assert found.steps["name"].text.startswith("proxy 127.0.0.1")
    assert f"tunnel to localhost:{host.port}" in found.steps["connect"].text
    assert (name, text) == ("connect", f"the proxy refuses a tunnel to localhost:{host.port}")
    assert why.startswith(("it answers 401", "it answers 407"))
    assert do == "check the proxy's user and password"
    assert "canary" not in f"{found.text} {text} {why} {do}"


def test_a_proxy_that_is_not_there(repository: GitRepository) -> None:
    access = Access(http_proxy=Proxy("127.0.0.1", free_port()))
    with HttpGit(repository.path.parent) as host:
        name, text, _, do = examined(target(host.uri("config"), access=access)).failed()
    assert name == "connect"
    assert text.startswith("no connection to proxy 127.0.0.1")
    assert do == "check git.proxy.* and the proxy's own log"


def test_a_clock_that_is_wrong_is_warned_of() -> None:
    now = datetime(2030, 1, 1, 12, 5, tzinfo=UTC)
    head = "HTTP/1.1 401 Unauthorized\r\nDate: Tue, 01 Jan 2030 12:00:00 GMT\r\nX: y"
    greeting = greeting_of(head, now)
    assert greeting.status == 401
    assert greeting.warnings()[0].why.startswith(
        "this machine's clock is 300 s ahead of the host's"
    )
    assert not greeting_of("HTTP/1.1 200 OK", now).warnings()
    assert greeting_of("no HTTP", now).status is None


def test_a_client_certificate(repository: GitRepository, authority: Authority) -> None:
    ours = authority.client()
    access = Access(ca_file=str(authority.ca_file))
    shown = replace(access, client_certificate=str(ours.file), client_key=str(ours.key))
    with HttpGit(
        repository.path.parent, tls=authority.server("localhost"), client_ca=authority.ca_file
    ) as host:
        found = examined(target(host.uri("config"), access=shown))
        failed = examined(target(host.uri("config"), access=access)).failed()
    assert found.report.outcome.value == "ok", found.text
    assert found.steps["log in"].text == f"accepted: the client certificate {ours.file}"
    assert failed[0] in {"certificate", "log in"}
    assert "client-certificate" in failed[3]


def test_a_redirection_is_warned_of(repository: GitRepository) -> None:
    with HttpGit(repository.path.parent) as new, HttpGit(repository.path.parent) as old:
        old.redirect_to(f"http://localhost:{new.port}")
        found = examined(target(old.uri("config")))
    (warning,) = found.steps["log in"].warnings
    assert warning.why == f"the host redirects to http://localhost:{new.port}/config"
    assert found.outcomes["sample"] == "ok", found.text
