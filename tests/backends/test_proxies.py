"""HTTP proxies: a real tinyproxy, with and without a login, used and not used."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from configserver.backends.git.access import Access, Proxy
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.proxies import proxy_for
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.backends.talking import failure, look, without_proxies
from tests.peers.authority import Authority
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.proxy import HttpProxy
from tests.peers.relay import Relay, black_hole

ONE, OTHER = Proxy("one", 1), Proxy("other", 2)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture(params=["http", "https"])
def host(
    request: pytest.FixtureRequest, repository: GitRepository, authority: Authority
) -> Iterator[HttpGit]:
    tls = authority.server("localhost") if request.param == "https" else None
    with HttpGit(repository.path.parent, tls=tls) as served:
        yield served


def through(proxy: Proxy, authority: Authority) -> Access:
    return Access(ca_file=str(authority.ca_file), http_proxy=proxy)


def test_a_proxy_is_used(host: HttpGit, commit: str, authority: Authority) -> None:
    with HttpProxy() as proxy:
        access = through(Proxy(proxy.host, proxy.port), authority)
        assert look(host.uri("config"), access) == commit
        asked = proxy.requests(1)[0]
    tls = host.uri("").startswith("https")
    assert asked.startswith(f"CONNECT localhost:{host.port}" if tls else "GET http://localhost")


def test_its_login_is_sent(host: HttpGit, commit: str, authority: Authority) -> None:
    with HttpProxy(login=("joe", "s3cr3t")) as proxy:
        right = Proxy(proxy.host, proxy.port, username="joe", password=Secret("s3cr3t"))
        assert look(host.uri("config"), through(right, authority)) == commit
        wrong = Proxy(proxy.host, proxy.port, username="joe", password=Secret("wrong"))
        for refused in (wrong, Proxy(proxy.host, proxy.port)):
            found = failure(host.uri("config"), through(refused, authority))
            # To a wrong password tinyproxy says 401, which in plain HTTP a host may have said.
            assert found.fault in {Fault.PROXY, Fault.LOGIN}
            assert f"the proxy {proxy.host}:{proxy.port}" in found.reason


def test_a_proxy_that_is_spoken_to_in_tls(
    host: HttpGit, commit: str, authority: Authority, tmp_path: Path
) -> None:
    certificate = authority.server("localhost")
    with HttpProxy() as proxy, Relay(proxy.port, tls=certificate) as relay:
        tls = Proxy("localhost", relay.port, tls=True)
        assert look(host.uri("config"), through(tls, authority)) == commit
        assert proxy.requests(1)
        found = failure(host.uri("config"), through(tls, Authority(tmp_path / "other")))
        assert found.fault is Fault.PROXY


def test_exceptions_go_directly(host: HttpGit, commit: str, authority: Authority) -> None:
    with HttpProxy() as proxy:
        spared = Proxy(proxy.host, proxy.port, exceptions=("*.example.com", "LOCAL*"))
        assert look(host.uri("config"), through(spared, authority)) == commit
        assert proxy.requests() == []


@pytest.mark.parametrize("spared", [False, True])
def test_without_one_the_environment_counts(
    host: HttpGit,
    commit: str,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    *,
    spared: bool,
) -> None:
    with HttpProxy(login=("joe", "s3cr3t")) as proxy:
        monkeypatch.setenv("all_proxy", proxy.url)
        if spared:
            monkeypatch.setenv("no_proxy", "example.com, localhost")
        access = Access(ca_file=str(authority.ca_file))
        assert look(host.uri("config"), access) == commit
        assert bool(proxy.requests(0 if spared else 1)) is not spared


def test_a_proxy_that_is_not_there(host: HttpGit, authority: Authority) -> None:
    port = free_port()
    found = failure(host.uri("config"), through(Proxy("127.0.0.1", port), authority))
    assert (found.fault, found.reason) == (
        Fault.PROXY,
        f"the proxy 127.0.0.1:{port} refuses connections",
    )


def test_a_proxy_whose_name_nobody_knows(host: HttpGit, authority: Authority) -> None:
    found = failure(host.uri("config"), through(Proxy("proxy.invalid", 1), authority))
    assert found.fault is Fault.PROXY
    assert "cannot be resolved" in found.reason


def test_a_proxy_that_is_silent(host: HttpGit, authority: Authority) -> None:
    with black_hole() as port:
        access = through(Proxy("127.0.0.1", port), authority)
        assert failure(host.uri("config"), access, timeout=0.4).fault is Fault.PROXY


def test_a_tunnel_that_the_proxy_cannot_make(authority: Authority) -> None:
    with HttpProxy() as proxy:
        access = through(Proxy(proxy.host, proxy.port), authority)
        found = failure(f"https://127.0.0.1:{free_port()}/config", access)
    assert found.fault is Fault.PROXY
    assert "refuses the connection (status 5" in found.reason


@pytest.mark.parametrize(
    ("uri", "http", "https", "chosen"),
    [
        ("http://h/r", ONE, OTHER, ONE),
        ("https://h/r", ONE, OTHER, OTHER),
        ("http://h/r", None, OTHER, OTHER),
        ("https://h/r", ONE, None, ONE),
        ("https://h/r", None, None, None),
    ],
)
def test_which_proxy(
    uri: str, http: Proxy | None, https: Proxy | None, chosen: Proxy | None
) -> None:
    access = Access(http_proxy=http, https_proxy=https)
    assert proxy_for(Target.parse(uri), access, {}) == chosen


@pytest.mark.parametrize(
    ("pattern", "host", "spared"),
    [
        ("git.example.com", "git.example.com", True),
        ("Git.Example.COM", "git.example.com", True),
        ("example.com", "git.example.com", False),
        ("*.example.com", "git.example.com", True),
        ("*.example.com", "example.com", False),
        ("10.*", "10.1.2.3", True),
        ("10.*", "110.1.2.3", False),
        ("g?t", "git", False),
        ("[::1]", "[::1]", True),
        ("*", "anything", True),
    ],
)
def test_exceptions_are_read_as_java_does(pattern: str, host: str, *, spared: bool) -> None:
    access = Access(http_proxy=Proxy("p", 1, exceptions=("other", pattern)))
    found = proxy_for(Target.parse(f"http://{host}/r"), access, {"http_proxy": "q:1"})
    assert (found is None) is spared


@pytest.mark.parametrize(
    ("uri", "environment", "proxy"),
    [
        ("http://h/r", {"http_proxy": "http://p:3128"}, Proxy("p", 3128)),
        ("http://h/r", {"http_proxy": "p:3128"}, Proxy("p", 3128)),
        ("http://h/r", {"HTTP_PROXY": "http://p:3128"}, None),
        ("http://h/r", {"https_proxy": "http://p:3128"}, None),
        ("https://h/r", {"HTTPS_PROXY": "https://p"}, Proxy("p", 443, tls=True)),
        ("https://h/r", {"ALL_PROXY": "http://p"}, Proxy("p", 1080)),
        (
            "https://h/r",
            {"https_proxy": "http://joe:p%40ss@p:1"},
            Proxy("p", 1, username="joe", password=Secret("p@ss")),
        ),
        ("http://a.b.c/r", {"http_proxy": "p:1", "no_proxy": "b.c"}, None),
        ("http://a.b.c/r", {"http_proxy": "p:1", "no_proxy": ".B.c"}, None),
        ("http://ab.c/r", {"http_proxy": "p:1", "no_proxy": "b.c"}, Proxy("p", 1)),
        ("http://10.1.2.3/r", {"http_proxy": "p:1", "NO_PROXY": "x, 10.0.0.0/8"}, None),
        ("http://[::1]/r", {"http_proxy": "p:1", "no_proxy": "::1"}, None),
        ("http://h/r", {"http_proxy": "p:1", "no_proxy": "*"}, None),
        ("http://h/r", {"http_proxy": ""}, None),
    ],
)
def test_the_environment_is_read_as_curl_does(
    uri: str, environment: Mapping[str, str], proxy: Proxy | None
) -> None:
    assert proxy_for(Target.parse(uri), Access(), environment) == proxy


@pytest.mark.parametrize("url", ["socks5://p:1", "http://p:port", "http://"])
def test_other_kinds_of_proxies_are_refused(url: str) -> None:
    with pytest.raises(Unreachable) as found:
        proxy_for(Target.parse("http://h/r"), Access(), {"http_proxy": url})
    assert found.value.fault is Fault.PROXY
