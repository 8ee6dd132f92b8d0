"""The server as a process: started by its command, asked over a socket, ended by a signal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.server.conftest import commit

Start = Callable[..., str]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `configserver serve` and returns its base URL."""
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str) -> str:
        command = [sys.executable, "-m", "configserver", "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--state-dir", str(tmp_path / "state"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        return process.stdout.readline().split()[-1]

    yield started
    for process in running:
        process.send_signal(signal.SIGTERM)
        with process:
            assert process.wait(20) == 0


def get(url: str) -> tuple[int, Mapping[str, Any]]:
    try:
        with urlopen(url, timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_without_any_setting_the_example_is_served(start: Start) -> None:
    status, body = get(start() + "/shop/dev")
    assert status == 200
    assert body["propertySources"][0]["name"].endswith("/shop-dev.yml")


def test_health_and_info_tell_what_is_served(start: Start, tmp_path: Path) -> None:
    commit(tmp_path / "r", {"foo.yml": "a: 1\n"})
    url = start("--git-uri", str(tmp_path / "r"))
    version = get(url + "/foo/dev")[1]["version"]
    assert get(url + "/actuator/health") == (
        200,
        {"groups": ["liveness", "readiness"], "status": "UP"},
    )
    assert get(url + "/actuator/health/readiness") == (200, {"status": "UP"})
    assert get(url + "/actuator/info")[1]["git"] == {"commit": {"id": version}}


def test_a_server_without_its_repository_is_alive_but_not_ready(start: Start) -> None:
    url = start("--git-uri", "git://127.0.0.1:9/none")
    assert get(url + "/actuator/health/liveness") == (200, {"status": "UP"})
    assert get(url + "/actuator/health/readiness") == (503, {"status": "OUT_OF_SERVICE"})
    assert get(url + "/foo/dev")[0] == 404


def test_a_commit_is_served_by_the_next_request(start: Start, tmp_path: Path) -> None:
    commit(tmp_path / "r", {"foo.yml": "a: 1\n"})
    url = start("--git-uri", (tmp_path / "r").as_uri())
    for value in range(2, 8):
        assert get(url + "/foo/dev")[1]["propertySources"][0]["source"] == {"a": value - 1}
        commit(tmp_path / "r", {"foo.yml": f"a: {value}\n"})
    assert get(url + "/foo/dev")[1]["propertySources"][0]["source"] == {"a": 7}


def test_an_edited_file_of_the_native_backend_is_served(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "native"
    folder.mkdir()
    (folder / "foo.yml").write_text("a: 1\n")
    location = f"spring.cloud.config.server.native.search-locations=file:{folder}/"
    url = start("--set", "spring.profiles.active=native", "--set", location)
    assert get(url + "/foo/dev")[1]["propertySources"][0]["source"] == {"a": 1}
    (folder / "foo.yml").write_text("a: 2\n")
    end = time.monotonic() + 10
    while get(url + "/foo/dev")[1]["propertySources"][0]["source"] != {"a": 2}:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_ciphers_can_be_left_to_the_clients(start: Start, tmp_path: Path) -> None:
    commit(tmp_path / "r", {"foo.yml": "a: '{cipher}77'\n"})
    switch = "spring.cloud.config.server.encrypt.enabled=false"
    kept = start("--git-uri", str(tmp_path / "r"), "--set", switch)
    assert get(kept + "/foo/dev")[1]["propertySources"][0]["source"] == {"a": "{cipher}77"}
    marked = start("--git-uri", str(tmp_path / "r"))
    assert get(marked + "/foo/dev")[1]["propertySources"][0]["source"] == {"invalid.a": "<n/a>"}


def test_the_state_directory_is_nobody_elses(start: Start, tmp_path: Path) -> None:
    start()
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


def test_an_error_names_the_file_and_no_value(tmp_path: Path) -> None:
    commit(tmp_path / "r", {"foo.yml": "secret: canary-8812\n", "bad.yml": "canary-8812: [\n"})
    done = subprocess.run(
        [sys.executable, "-m", "configserver", "get", "bad", "dev", "--git-uri", tmp_path / "r"],
        capture_output=True,
        text=True,
        env={**os.environ, "STATE_DIRECTORY": str(tmp_path / "state")},
        check=False,
    )
    assert done.returncode == 1
    assert "bad.yml" in done.stderr
    assert "canary-8812" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--set", "spring.profiles.active=vault"), "names a backend that is not"),
        (("--git-uri", "https://{application}/x"), "may not hold placeholders"),
        (("--git-uri", "https://h/{host}"), "a placeholder that nothing fills"),
        (("--port", "http"), "server.port should be a valid integer"),
    ],
)
def test_a_setting_that_cannot_be_has_exit_code_2(arguments: tuple[str, ...], reason: str) -> None:
    command = [sys.executable, "-m", "configserver", "serve", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert reason in done.stderr
