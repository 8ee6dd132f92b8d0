"""What an SSH host shows of itself, without logging in."""

import base64
import binascii
import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from configserver.backends.git.access import Access
from configserver.doctor.endpoint import Endpoint

_PREFERRED: Final = ("ssh-ed25519", "ecdsa-sha2-nistp256", "rsa", "ssh-rsa")
_INDIRECT: Final = ("proxycommand", "proxyjump")


@dataclass(frozen=True, slots=True)
class HostKey:
    """A key that a host presents: its type and fingerprint as `ssh` prints it."""

    kind: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint}"


@dataclass(frozen=True, slots=True)
class Alias:
    """What `ssh` makes of a host's name.

    Attributes:
        host: the name or address it connects to.
        port: the port.
        indirect: the jump host or command it goes through, None if it connects by itself.
    """

    host: str
    port: int
    indirect: str | None = None


def alias_of(endpoint: Endpoint, access: Access, timeout: float) -> Alias:
    """Return where `ssh` really connects to, as `~/.ssh/config` may say."""
    direct = Alias(endpoint.host, endpoint.port)
    ssh = shutil.which("ssh")
    if not access.local_ssh or ssh is None or endpoint.host.startswith("-"):
        return direct
    command = [ssh, "-G", "-p", str(endpoint.port), "--", endpoint.host]
    if endpoint.port == 22:
        command[2:4] = []
    found = dict(line.partition(" ")[::2] for line in _output(command, timeout).splitlines())
    if not found.get("hostname"):
        return direct
    # Further words of a command may be secrets.
    ways = (found.get(key, "none").split(" ")[0] for key in _INDIRECT)
    indirect = next((way for way in ways if way != "none"), None)
    port = found.get("port", "")
    return Alias(found["hostname"], int(port) if port.isdigit() else endpoint.port, indirect)


def scan(host: str, port: int, timeout: float) -> tuple[HostKey, ...]:
    """Return the keys that a host presents, the preferred one first; none if that cannot be told.

    Args:
        host: name or address.
        port: where it listens.
        timeout: seconds for all of it.
    """
    program = shutil.which("ssh-keyscan")
    if program is None or host.startswith("-"):
        return ()
    whole = max(1, int(timeout))
    output = _output([program, "-T", str(whole), "-p", str(port), "--", host], timeout + 1)
    return keys_in(output.splitlines())


def keys_in(lines: Iterable[str]) -> tuple[HostKey, ...]:
    """Read lines as in `known_hosts`; what is none is left out."""
    found: list[HostKey] = []
    for line in lines:
        words = line.split()
        if len(words) < 3 or line.startswith("#"):
            continue
        try:
            found.append(HostKey(words[1], fingerprint(words[2])))
        except binascii.Error:
            continue
    rank = {kind: at for at, kind in enumerate(_PREFERRED)}
    return tuple(sorted(found, key=lambda key: (rank.get(key.kind, len(rank)), key.kind)))


def fingerprint(key: str) -> str:
    """Return a public key's fingerprint.

    Raises:
        binascii.Error: the key is not in base64.
    """
    digest = hashlib.sha256(base64.b64decode("".join(key.split()), validate=True)).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def _output(command: list[str], timeout: float) -> str:
    """Return what a program writes, nothing if it fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - the program's full path, and `--` before the host
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
