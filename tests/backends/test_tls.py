"""TLS with real hosts: whom to trust, whom not, and what is said about it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from tests.backends.conftest import GitRepository
from tests.backends.talking import Stopwatch, clone, failure, look, without_proxies
from tests.peers.authority import Authority, Certificate
from tests.peers.http_git import HttpGit
from tests.peers.relay import Relay


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


@pytest.fixture
def trusting(authority: Authority) -> Access:
    return Access(ca_file=str(authority.ca_file))


@pytest.fixture
def host(repository: GitRepository, authority: Authority) -> Iterator[HttpGit]:
    with HttpGit(repository.path.parent, tls=authority.server("localhost")) as served:
        yield served


def test_a_private_ca_is_trusted_by_its_file(host: HttpGit, commit: str, trusting: Access) -> None:
    assert look(host.uri("config"), trusting) == commit


def test_a_kept_connection_needs_no_second_handshake(
    host: HttpGit, commit: str, trusting: Access
) -> None:
    with Relay(host.port) as relay:
        for _ in range(3):
            assert look(f"https://localhost:{relay.port}/config", trusting) == commit
        assert relay.connections == 1


def test_checks_can_be_switched_off(host: HttpGit, commit: str) -> None:
    assert look(host.uri("config", host="127.0.0.1"), Access(verify_tls=False)) == commit


def test_an_unknown_ca_is_named(host: HttpGit) -> None:
    found = failure(host.uri("config"))
    assert found.fault is Fault.CERTIFICATE
    assert found.reason.startswith(
        f"the certificate of localhost:{host.port} is signed by a CA that is not trusted "
        "(for localhost, issued by Test CA, valid until "
    )
    assert "configserver.git.ca-file" in found.hint


def test_another_host_s_certificate_is_named(host: HttpGit, trusting: Access) -> None:
    found = failure(host.uri("config", host="127.0.0.1"), trusting)
    assert found.fault is Fault.CERTIFICATE
    assert "is for another host (for localhost, issued by Test CA" in found.reason
    assert found.hint == "use a host name that the certificate is for"


def test_an_expired_certificate_is_named_with_its_end(
    repository: GitRepository, authority: Authority, trusting: Access
) -> None:
    certificate = authority.server("localhost", "git.example.com", expired=True)
    with HttpGit(repository.path.parent, tls=certificate) as host:
        found = failure(host.uri("config"), trusting)
    assert found.fault is Fault.CERTIFICATE
    assert "has expired (for localhost, git.example.com, issued by Test CA, valid" in found.reason
    assert found.hint.startswith("renew the certificate on the host")


def test_a_ca_file_that_changes_is_read_anew(
    host: HttpGit, commit: str, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "Other CA")
    file = tmp_path / "trusted.pem"
    shutil.copy(other.ca_file, file)
    access = Access(ca_file=str(file))
    assert failure(host.uri("config"), access).fault is Fault.CERTIFICATE
    shutil.copy(authority.ca_file, file)
    assert look(host.uri("config"), access) == commit


def test_a_host_that_does_not_speak_tls(repository: GitRepository, trusting: Access) -> None:
    with HttpGit(repository.path.parent) as plain:
        found = failure(plain.uri("config").replace("http:", "https:"), trusting)
    assert (found.fault, found.reason) == (
        Fault.PROTOCOL,
        f"localhost:{plain.port} does not speak TLS",
    )


def test_a_redirect_out_of_tls_is_refused(
    host: HttpGit, repository: GitRepository, trusting: Access
) -> None:
    with HttpGit(repository.path.parent) as plain:
        host.redirect_to(plain.uri("").rstrip("/"))
        found = failure(host.uri("config"), trusting)
        assert plain.requests() == []
    assert "from https to http, which is refused" in found.reason


@pytest.mark.parametrize("known", [False, True], ids=["handshake", "kept connection"])
def test_a_frozen_host(host: HttpGit, commit: str, trusting: Access, *, known: bool) -> None:
    if known:
        assert look(host.uri("config"), trusting) == commit
    host.freeze()
    watch = Stopwatch()
    found = failure(host.uri("config"), trusting, timeout=0.5)
    assert found.fault is Fault.TIMEOUT
    assert watch.seconds < 3


@pytest.mark.parametrize(
    ("after", "reason"),
    [(0, "closed the connection"), (300_000, "ended its answer in the middle")],
    ids=["handshake", "pack"],
)
def test_a_connection_that_is_cut(
    host: HttpGit,
    repository: GitRepository,
    trusting: Access,
    tmp_path: Path,
    *,
    after: int,
    reason: str,
) -> None:
    repository.commit({"big": os.urandom(600_000)})
    with Relay(host.port) as relay:
        relay.cut_after(after)
        with pytest.raises(Unreachable) as found:
            clone(f"https://localhost:{relay.port}/config", tmp_path / "mirror", trusting)
    assert found.value.fault is Fault.PROTOCOL
    assert reason in found.value.reason


class TestClientCertificates:
    @pytest.fixture
    def strict(self, repository: GitRepository, authority: Authority) -> Iterator[HttpGit]:
        with HttpGit(
            repository.path.parent,
            tls=authority.server("localhost"),
            client_ca=authority.ca_file,
        ) as served:
            yield served

    @staticmethod
    def with_certificate(authority: Authority, ours: Certificate) -> Access:
        return Access(
            ca_file=str(authority.ca_file),
            client_certificate=str(ours.file),
            client_key=str(ours.key),
        )

    def test_ours_is_shown(self, strict: HttpGit, commit: str, authority: Authority) -> None:
        access = self.with_certificate(authority, authority.client())
        assert look(strict.uri("config"), access) == commit

    def test_hosts_that_are_redirected_to_never_see_it(
        self, host: HttpGit, strict: HttpGit, authority: Authority
    ) -> None:
        host.redirect_to(strict.uri("").rstrip("/"))
        access = self.with_certificate(authority, authority.client())
        found = failure(host.uri("config"), access)
        assert found.reason == f"localhost:{strict.port} asks for a client certificate"

    def test_certificate_and_key_may_share_a_file(
        self, strict: HttpGit, commit: str, authority: Authority, tmp_path: Path
    ) -> None:
        ours = authority.client()
        both = tmp_path / "both.pem"
        both.write_text(ours.file.read_text() + ours.key.read_text())
        access = Access(ca_file=str(authority.ca_file), client_certificate=str(both))
        assert look(strict.uri("config"), access) == commit

    def test_none_where_one_is_wanted(self, strict: HttpGit, trusting: Access) -> None:
        found = failure(strict.uri("config"), trusting)
        assert (found.fault, found.reason) == (
            Fault.CERTIFICATE,
            f"localhost:{strict.port} asks for a client certificate",
        )

    def test_one_of_another_ca_is_refused(
        self, strict: HttpGit, authority: Authority, tmp_path: Path
    ) -> None:
        stranger = Authority(tmp_path / "stranger", "Stranger").client()
        found = failure(strict.uri("config"), self.with_certificate(authority, stranger))
        assert (found.fault, found.reason) == (
            Fault.CERTIFICATE,
            f"localhost:{strict.port} refuses our client certificate",
        )


@pytest.mark.parametrize(
    ("field", "content", "reason"),
    [
        ("ca_file", None, "the CA file {path} cannot be read: No such file or directory"),
        ("ca_file", "nonsense", "the CA file {path} holds no certificates in PEM"),
        (
            "client_certificate",
            None,
            "the client certificate {path} cannot be read: No such file or directory",
        ),
        (
            "client_certificate",
            "nonsense",
            "the client certificate {path} and its key are no pair in PEM",
        ),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, field: str, content: str | None, reason: str
) -> None:
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    found = failure(
        "https://localhost:1/config", Access.of({**Access().message(), field: str(path)})
    )
    assert (found.fault, found.reason) == (Fault.CREDENTIALS, reason.format(path=path))
