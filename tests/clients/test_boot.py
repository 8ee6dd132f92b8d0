"""An unmodified Spring Boot application starts from the server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.reference.reference import Unavailable, build_jar

PROJECT = Path(__file__).with_name("boot")

pytestmark = [pytest.mark.java, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def application() -> Path:
    try:
        return build_jar(PROJECT, "client")
    except Unavailable as reason:
        pytest.skip(str(reason))


def boot(application: Path, server: str, *, profiles: str = "", label: str = "") -> dict[str, Any]:
    """Start the application and return what it was configured with."""
    arguments = [
        f"--spring.config.import=configserver:{server}",
        "--spring.application.name=shop",
        "--spring.cloud.config.fail-fast=true",
        *([f"--spring.profiles.active={profiles}"] if profiles else []),
        *([f"--spring.cloud.config.label={label}"] if label else []),
    ]
    done = subprocess.run(
        ["java", "-Xmx200m", "-jar", str(application), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    marker = "CONFIGURATION "
    lines = [line for line in done.stdout.splitlines() if line.startswith(marker)]
    assert lines, done.stdout[-3000:] + done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(lines[0].removeprefix(marker))
    return seen


def test_default_profile(application: Path, server: str) -> None:
    seen = boot(application, server)
    assert seen["shop.name"] == "shop"
    assert seen["shop.greeting"] == "Hello shop"
    assert seen["shop.hosts"] == ["a", "b", "c"]
    assert (seen["shop.limit"], seen["shop.ratio"], seen["shop.open"]) == ("10", "1000.0", "true")
    assert len(seen["config.client.version"]) == 40
    assert [name.rpartition("/")[2] for name in seen["sources"][-2:]] == [
        "shop.yml",
        "application.yml",
    ]


def test_profiles_replace_values_and_whole_lists(application: Path, server: str) -> None:
    seen = boot(application, server, profiles="dev,eu")
    assert seen["shop.hosts"] == ["x", "y"]
    assert seen["shop.text"] == "größer"
    assert seen["shop.limit"] == "0x10"
    assert seen["shop.name"] == "shop"


def test_label(application: Path, server: str) -> None:
    seen = boot(application, server, label="release")
    assert seen["shop.name"] == "released"
    assert seen["shop.greeting"] is None
