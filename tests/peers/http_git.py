"""Git over HTTP as operators run it: Apache in front of `git http-backend`."""

import base64
import hashlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.peers.apache import BACKEND, MODULES, STATUSES, configuration
from tests.peers.authority import Certificate
from tests.peers.processes import Process, free_port, program


@dataclass(frozen=True, slots=True)
class Request:
    """One request as Apache logged it; `reused` counts the earlier ones of its connection."""

    method: str
    target: str
    status: int
    authorization: str
    reused: int
    protocol: str


class HttpGit:
    """A Git host on loopback, serving every repository in a folder.

    What is below `moved/` is redirected to the same path without that.

    Args:
        folder: the repositories, bare or not.
        users: who may read with which password (basic authentication); everybody if empty.
        bearer: the token that is wanted instead.
        tls: certificate to speak TLS with; None for plain HTTP.
        client_ca: CA of the client certificates that are then demanded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        users: Mapping[str, str] | None = None,
        bearer: str | None = None,
        tls: Certificate | None = None,
        client_ca: Path | None = None,
    ) -> None:
        self._apache = program("apache2", "/usr/sbin")
        if not BACKEND.exists() or not MODULES.exists():
            pytest.skip("git http-backend or Apache's modules are not installed")
        self._folder = folder
        self._users = users
        self._tls = tls
        self._client_ca = client_ca
        self._state: dict[str, str] = {"bearer": bearer} if bearer else {}
        self._home = Path(tempfile.mkdtemp(prefix="http-git-"))
        self._process: Process | None = None
        self._stamp = 0
        self.port = free_port()

    def __enter__(self) -> Self:
        self._home.chmod(0o755)
        self._write_state()
        self.set_users(self._users or {})
        (self._home / "page.html").write_text("<!DOCTYPE html><title>Welcome</title>")
        (self._home / "apache.conf").write_text(
            configuration(
                self._home,
                folder=self._folder,
                port=self.port,
                login=self._users is not None,
                tls=self._tls,
                client_ca=self._client_ca,
            )
        )
        if os.geteuid() == 0:
            backend = self._home / "backend"
            backend.write_text(
                f"#!/bin/sh\nexec setpriv --reuid=0 --regid=0 --keep-groups {BACKEND}\n"
            )
            backend.chmod(0o755)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def uri(self, name: str, *, host: str = "localhost", user: str = "") -> str:
        """Return a repository's URI; `user` is `name` or `name:password`."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{user}{'@' if user else ''}{host}:{self.port}/{name}"

    def start(self) -> None:
        """Start it, again after `stop`, on the same port."""
        command = [self._apache, "-f", str(self._home / "apache.conf"), "-DFOREGROUND"]
        if os.geteuid() == 0:
            # Apache refuses to serve as root, and only root may enter the folders of its tests:
            # another user runs it, who may become root again for Git alone.
            rights = "+setuid,+setgid,+dac_override"
            command = [
                *(program("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"),
                *(f"--inh-caps={rights}", f"--ambient-caps={rights}", *command),
            ]
            os.chown(self._home, 65534, 65534)
        self._process = Process(command, port=self.port, log=self._home / "output")

    def stop(self) -> None:
        """End it; connections are refused."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def freeze(self) -> None:
        """Stop its processes: connections are accepted by the kernel, and nothing comes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def set_users(self, users: Mapping[str, str]) -> None:
        """Let these read with their passwords, from the next request on."""
        lines = [
            f"{name}:{{SHA}}{base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()}\n"
            for name, password in users.items()
        ]
        self._replace("users", "".join(lines))

    def set_bearer(self, token: str) -> None:
        """Want this bearer token from the next request on."""
        self._change("bearer", token)

    def answer_with(self, status: int | None) -> None:
        """Answer everything with a status; None ends that."""
        assert status is None or status in STATUSES
        self._change("status", None if status is None else str(status))

    def answer_html(self, *, on: bool = True) -> None:
        """Answer everything with a web page."""
        self._change("page", "on" if on else None)

    def redirect_to(self, base: str | None) -> None:
        """Redirect everything to the same path below a base; None ends that."""
        self._change("redirect", base)

    def lead_to(self, url: str | None) -> None:
        """Redirect everything to one page; None ends that."""
        self._change("lead", url)

    def requests(self, at_least: int = 0) -> list[Request]:
        """Return what was asked, waiting a little for as many requests as are expected."""
        limit = time.monotonic() + 2
        while True:
            path = self._home / "requests"
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) >= at_least or time.monotonic() > limit:
                return [_request(line) for line in lines]
            time.sleep(0.01)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.signal(number)

    def _change(self, key: str, value: str | None) -> None:
        if value is None:
            self._state.pop(key, None)
        else:
            self._state[key] = value
        self._write_state()

    def _write_state(self) -> None:
        self._replace("state", "".join(f"{key} {value}\n" for key, value in self._state.items()))

    def _replace(self, name: str, text: str) -> None:
        beside = self._home / f"{name}.new"
        beside.write_text(text)
        beside.chmod(0o644)
        # Apache reads a map anew when its time differs, and writes may share the clock's tick.
        self._stamp = max(self._stamp + 1_000_000, time.time_ns())
        os.utime(beside, ns=(self._stamp, self._stamp))
        beside.replace(self._home / name)


def _request(line: str) -> Request:
    method, target, status, authorization, reused, protocol = line.split("\t")
    return Request(method, target, int(status), authorization, int(reused), protocol)
