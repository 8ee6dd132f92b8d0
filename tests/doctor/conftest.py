"""Running the examinations against real peers, and reading what is printed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from configserver.doctor.examine import examine_all
from configserver.doctor.report import Report, Section, Step
from configserver.doctor.targets import GitTarget, Sample, Target
from configserver.doctor.text import section_lines
from tests.backends.conftest import Daemon, GitRepository
from tests.peers.authority import Authority

FILES = {
    "application.yml": "a: 1\nb: 2\n",
    "shop.yml": "c: 3\n",
    "shop-dev.yml": "c: 4\n",
    "shared/application.yml": "d: 5\n",
}


class Examined:
    """A report and what is printed of it, without colours."""

    def __init__(self, report: Report, text: str) -> None:
        self.report = report
        self.text = text

    @property
    def steps(self) -> dict[str, Step]:
        """The steps of the only section by their names."""
        (section,) = self.report.sections
        return {step.name: step for step in section.steps}

    @property
    def outcomes(self) -> dict[str, str]:
        """How the steps of the only section ended."""
        return {name: step.outcome.value for name, step in self.steps.items()}

    def failed(self) -> tuple[str, str, str, str]:
        """Return name, text, reason and remedy of the step that failed."""
        (section,) = self.report.sections
        assert section.failed is not None, self.text
        (found,) = section.failed.warnings
        return section.failed.name, section.failed.text, found.why, found.do


def examined(*targets: Target, sample: Sample | None = None, width: int | None = 100) -> Examined:
    lines: list[str] = []
    sections: list[Section] = []
    for heading, steps in examine_all(targets, sample or Sample()):
        taken: list[Step] = []
        lines += section_lines(heading, steps, taken, width=width)
        sections.append(Section(heading, tuple(taken)))
    return Examined(Report(tuple(sections)), click.unstyle("\n".join(lines)))


def target(uri: str, **values: object) -> GitTarget:
    limits = {"timeout": 10.0, "clone_timeout": 20.0}
    return GitTarget(**{"name": "git", "uri": uri, **limits, **values})  # type: ignore[arg-type]


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "work" / "config")
    made.commit(FILES)
    return made


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[[str], GitRepository]:
    return lambda name: GitRepository(tmp_path / "work" / name)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "work").mkdir(exist_ok=True)
    served = Daemon(tmp_path / "work")
    served.start()
    yield served
    served.stop()


def new_key() -> tuple[str, str]:
    """Return an SSH key: the private and the public part."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy of the environment nor the keys of whoever runs the tests are used."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
