"""What every repository needs."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from configserver.doctor.report import StepFailed
from configserver.doctor.surroundings import (
    examine_directory,
    examine_settings,
    examine_ssh,
    size,
)


class Usage(NamedTuple):
    free: int


@pytest.mark.parametrize(
    ("origins", "text"),
    [
        ([], "all are at their defaults"),
        (["a.yml:3", "a.yml:12", "environment PORT"], "3 set, from a.yml, environment PORT"),
        (["--set server.port", "--git-uri"], "2 set, from --set, --git-uri"),
    ],
)
def test_where_settings_come_from(origins: list[str], text: str) -> None:
    assert examine_settings(origins, ()).text == text


def test_little_space_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000))
    (warning,) = examine_directory(tmp_path, "x").warnings
    assert (warning.why, warning.do) == ("only 1.0 KB are free", "make room")


def test_a_missing_ssh_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StepFailed, match="there is no ssh program"):
        examine_ssh(5)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1800, "1.8 KB"), (83_400_000_000, "83 GB")]
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text
