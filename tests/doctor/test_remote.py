"""Each step against a real peer: what is printed when it fails, and a run where nothing does."""

import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from configserver.backends.git.access import Access
from configserver.doctor.targets import Sample
from configserver.secret import Secret
from tests.backends.conftest import Daemon, GitRepository
from tests.doctor.conftest import examined, new_key, target
from tests.peers.authority import Authority
from tests.peers.http_git import HttpGit
from tests.peers.processes import free_port
from tests.peers.relay import Relay
from tests.peers.ssh_git import SshHost

SHOP = Sample("shop", "dev")
WORK = ("default branch", "fetch", "search paths", "sample")


@contextmanager
def silent() -> Iterator[int]:
    """Listen without ever saying a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


def test_everything_is_fine_over_every_transport(
    repository: GitRepository, daemon: Daemon, authority: Authority
) -> None:
    key, public = new_key()
    with (
        HttpGit(
            repository.path.parent, users={"bot": "pw-of-bot"}, tls=authority.server("localhost")
        ) as https,
        SshHost(repository.path.parent) as ssh,
    ):
        ssh.allow(public)
        found = examined(
            target(repository.path.as_uri(), name="git", search_paths=("shared",)),
            target(daemon.uri("config"), name="git.repos.plain"),
            target(
                https.uri("config"),
                name="git.repos.web",
                access=Access(
                    username="bot", password=Secret("pw-of-bot"), ca_file=str(authority.ca_file)
                ),
                origins={"password": "application.yml:7"},
            ),
            target(
                ssh.uri(str(repository.path)),
                name="git.repos.ssh",
                access=Access(
                    private_key=Secret(key),
                    host_key=ssh.key.base64,
                    host_key_algorithm=ssh.key.algorithm,
                    local_ssh=False,
                ),
            ),
            sample=SHOP,
        )
    assert found.report.outcome.value == "ok", found.text
    sections = {section.heading.name: section for section in found.report.sections}
    names = {name: [step.name for step in section.steps] for name, section in sections.items()}
    assert names == {
        "git": ["open", "list refs", "default branch", "search paths", "sample"],
        "git.repos.plain": ["name", "connect", "list refs", *WORK],
        "git.repos.web": ["name", "connect", "certificate", "log in", "list refs", *WORK],
        "git.repos.ssh": ["name", "connect", "host key", "log in", "list refs", *WORK],
    }
    assert "accepted: the password of user 'bot' (application.yml:7)" in found.text
    assert "localhost by Test CA, valid until" in found.text
    assert "ssh-ed25519 SHA256:" in found.text
    assert "the host is known" in found.text
    assert found.text.count("shop/dev: 3 property sources, the strongest first") == 3
    assert "pw-of-bot" not in found.text


def test_an_unknown_host_name() -> None:
    found = examined(target("https://nowhere.invalid/x.git"))
    name, text, _, do = found.failed()
    assert (name, text) == ("name", "nowhere.invalid cannot be resolved")
    assert do == "check the host in the URI, and this machine's DNS"
    assert set(list(found.outcomes.values())[1:]) == {"skipped"}


def test_a_closed_port() -> None:
    port = free_port()
    name, text, why, do = examined(target(f"git://127.0.0.1:{port}/x")).failed()
    assert (name, text) == ("connect", f"no connection to 127.0.0.1:{port}")
    assert why == f"127.0.0.1:{port}: Connection refused"
    assert "firewalls" in do


@pytest.mark.parametrize(
    ("scheme", "step"),
    [("git", "list refs"), ("http", "log in"), ("https", "certificate"), ("ssh", "host key")],
)
def test_a_peer_that_is_silent(scheme: str, step: str) -> None:
    began = time.monotonic()
    with silent() as port:
        found = examined(target(f"{scheme}://127.0.0.1:{port}/x", timeout=1.0))
    assert found.failed()[0] == step, found.text
    assert time.monotonic() - began < 15


def test_an_empty_repository(
    make_repository: Callable[[str], GitRepository], daemon: Daemon
) -> None:
    make_repository("config")
    found = examined(target(daemon.uri("config")))
    assert found.steps["list refs"].text == "no branches and no tags: the repository is empty"
    assert found.failed()[0] == "default branch"
    assert found.failed()[2:] == ("the repository is empty", "push a first commit")


def test_a_default_branch_that_was_renamed(repository: GitRepository, daemon: Daemon) -> None:
    repository.git("branch", "-m", "main", "mainline")
    name, text, why, do = examined(target(daemon.uri("config"))).failed()
    assert (name, text) == ("default branch", "'main' is not there")
    assert why == "the repository has 'mainline'"
    assert do == "set git.default-label to mainline, if that is meant"


@pytest.mark.usefixtures("repository")
def test_a_search_path_that_is_not_there(daemon: Daemon) -> None:
    found = examined(target(daemon.uri("config"), search_paths=("shared", "nowhere")), sample=SHOP)
    step = found.steps["search paths"]
    assert (step.outcome.value, step.text) == ("warning", "/, shared/")
    assert step.warnings[0].why == "the search path 'nowhere' leads to no folder"
    assert found.outcomes["sample"] == "ok"


def test_a_file_that_does_not_parse(repository: GitRepository, daemon: Daemon) -> None:
    repository.commit({"shop.yml": "a: 1\nb: [\n"})
    name, text, why, do = examined(target(daemon.uri("config")), sample=SHOP).failed()
    assert name == "sample"
    assert text.startswith("shop/dev: shop.yml:")
    assert why
    assert do


def test_a_label_of_the_sample(repository: GitRepository, daemon: Daemon) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"shop.yml": "e: 1\nf: 2\n"})
    found = examined(target(daemon.uri("config")), sample=Sample("shop", "dev", first))
    assert "shop.yml (1 key)" in found.steps["sample"].details
    found = examined(target(daemon.uri("config")), sample=Sample("shop", "dev", "mian"))
    assert found.failed()[3] == "ask for main"


@pytest.mark.parametrize("kind", ["http", "ssh"])
def test_only_the_host_of_a_uri_with_placeholders(repository: GitRepository, kind: str) -> None:
    with HttpGit(repository.path.parent) as host, SshHost(repository.path.parent) as ssh:
        uri = host.uri("{application}") if kind == "http" else ssh.uri("/{application}")
        found = examined(target(uri))
        key = ["host key"] if kind == "ssh" else []
        assert list(found.steps) == ["name", "connect", *key, "repository"], found.text
        assert found.steps["repository"].text.endswith("name one with --application")
        found = examined(target(host.uri("{application}")), sample=Sample("config"))
    assert found.outcomes["sample"] == "ok", found.text


def test_nothing_is_left_behind(
    repository: GitRepository, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    before = repository.git("status", "--porcelain"), repository.git("show-ref")
    examined(target(daemon.uri("config")), target(repository.path.as_uri()))
    assert not list((tmp_path / "temporary").iterdir())
    assert before == (repository.git("status", "--porcelain"), repository.git("show-ref"))


def test_a_transfer_that_stops_half_way(repository: GitRepository, daemon: Daemon) -> None:
    repository.commit({"large.bin": random.Random(1).randbytes(2_000_000)})
    began = time.monotonic()
    with Relay(daemon.port) as relay:
        relay.freeze_after(100_000)
        uri = f"git://127.0.0.1:{relay.port}/config"
        found = examined(target(uri, timeout=3.0, clone_timeout=5.0))
    name, _, why, do = found.failed()
    assert name == "fetch", found.text
    assert " s" in why
    assert "timeout" in do
    assert time.monotonic() - began < 25
