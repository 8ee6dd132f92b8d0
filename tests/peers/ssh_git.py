"""An OpenSSH server on loopback that serves Git repositories, each key its own."""

import base64
import getpass
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.peers.processes import Process, free_port, program

# As big hosts do, it tells a key without rights that there is no repository. `git shell` takes
# nothing but the commands of Git.
_GATE = """#!/bin/sh
# gate ROOT ALLOWED: run what the client asks for, if it concerns the allowed repository
export HOME="$1" GIT_CONFIG_GLOBAL=/dev/null
cd "$1" || exit 1
case "$SSH_ORIGINAL_COMMAND" in
  "git-upload-pack '"*"$2'") exec git shell -c "$SSH_ORIGINAL_COMMAND" ;;
esac
echo "ERROR: Repository not found." >&2
exit 1
"""


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host's public key, as an operator configures it."""

    algorithm: str
    base64: str


class SshHost:
    """A host whose `sshd` runs as this user; a context manager.

    Args:
        root: folder of its repositories; a relative path in a URI starts here.
        kinds: of its host keys: `ed25519`, `rsa`.
        password: lets root log in with it; needs to be root, and changes nothing on the machine.
    """

    def __init__(
        self, root: Path, *, kinds: Iterable[str] = ("ed25519",), password: str | None = None
    ) -> None:
        self._sshd = program("sshd", "/usr/sbin", "/usr/local/sbin")
        program("ssh")
        self._password = password
        self._kinds = tuple(kinds)
        self.root = root
        self._home = Path(tempfile.mkdtemp(prefix="ssh-git-"))
        self._process: Process | None = None
        self._stopped: list[int] = []
        self.user = getpass.getuser()
        self.port = free_port()

    def __enter__(self) -> Self:
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # it demands that of root
        gate = self._home / "gate"
        gate.write_text(_GATE)
        gate.chmod(0o755)
        (self._home / "authorized_keys").touch(mode=0o600)
        self._make_host_keys()
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        shutil.rmtree(self._home, ignore_errors=True)

    def uri(self, path: str) -> str:
        """Return the URI of an absolute path, or of one such as `/~/name.git`."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}{path}"

    def allow(self, public_key: str, repository: str = "") -> None:
        """Let a key read what ends in this name; everything if it is empty."""
        command = f"{self._home}/gate {self.root} {repository or chr(34) * 2}"
        options = f'command="{command.replace(chr(34), chr(92) + chr(34))}",restrict'
        with (self._home / "authorized_keys").open("a") as file:
            file.write(f"{options} {public_key}\n")

    @property
    def key(self) -> HostKey:
        """The first of its host keys."""
        return self.keys[0]

    @property
    def keys(self) -> list[HostKey]:
        """Its host keys."""
        texts = [(self._home / f"host_{kind}.pub").read_text().split() for kind in self._kinds]
        return [HostKey(text[0], text[1]) for text in texts]

    def known_hosts(self) -> str:
        """Return lines for a file of known hosts."""
        place = f"[127.0.0.1]:{self.port}"
        return "".join(f"{place} {key.algorithm} {key.base64}\n" for key in self.keys)

    def rotate_host_key(self) -> None:
        """Give it new host keys, on the same port."""
        self._stop()
        self._make_host_keys()
        self._start()

    def freeze(self) -> None:
        """Stop all its processes: connections stay open, and nothing comes."""
        self._stopped = [self._pid, *descendants(self._pid)]
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)
        self._stopped = []

    def kill(self) -> None:
        """End it at once with all its connections."""
        pids = [self._pid, *descendants(self._pid)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def fingerprint(self) -> str:
        """Return that of its key, as ssh shows it."""
        digest = hashlib.sha256(base64.b64decode(self.key.base64)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"

    def log(self) -> str:
        """Return what it has logged."""
        return (self._home / "log").read_text()

    @property
    def _pid(self) -> int:
        return int((self._home / "pid").read_text())

    def _send(self, number: signal.Signals) -> None:
        for pid in self._stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _start(self) -> None:
        lines = [
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            *(f"HostKey {self._home}/host_{kind}" for kind in self._kinds),
            f"AuthorizedKeysFile {self._home}/authorized_keys",
            f"PidFile {self._home}/pid",
            "StrictModes no",
            f"PermitRootLogin {'yes' if self._password else 'prohibit-password'}",
            f"PasswordAuthentication {'yes' if self._password else 'no'}",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "AcceptEnv GIT_PROTOCOL",
            "MaxStartups 100",
            "LogLevel VERBOSE",
        ]
        (self._home / "config").write_text("\n".join(lines) + "\n")
        command = [self._sshd, "-D", "-f", f"{self._home}/config", "-E", f"{self._home}/log"]
        (self._home / "pid").unlink(missing_ok=True)
        if self._password is not None:
            command = [*self._with_password(self._password), *command]
        self._process = Process(command, port=self.port, log=self._home / "output")
        while not (self._home / "pid").exists() or not (self._home / "pid").read_text():
            time.sleep(0.01)  # it listens a moment before it writes that

    def _with_password(self, password: str) -> list[str]:
        """Return a command that shows sshd, and nobody else, another file of passwords."""
        for name in ("unshare", "openssl", "mount"):
            program(name)
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],
            input=password,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        shadow = self._home / "shadow"
        shadow.touch(mode=0o600)
        shadow.write_text(f"root:{hashed}:19000:0:99999:7:::\nsshd:!:19000::::::\n")
        script = 'mount --bind "$0" /etc/shadow && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, str(shadow)]

    def _stop(self) -> None:
        self.thaw()
        if self._process is not None:
            self.kill()
            self._process.stop()
            self._process = None

    def _make_host_keys(self) -> None:
        for kind in self._kinds:
            key = (
                generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()
            )
            private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
            path = self._home / f"host_{kind}"
            path.touch(mode=0o600)
            path.write_bytes(private)
            path.with_suffix(".pub").write_bytes(public)


def descendants(pid: int) -> list[int]:
    """Return all processes that a process started, and those that they did."""
    done = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
    )
    children: dict[int, list[int]] = {}
    for line in done.stdout.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, rest = [], [pid]
    while rest:
        new = children.get(rest.pop(), [])
        found += new
        rest += new
    return found
