"""Which key an SSH host may have: options for ssh, which never writes down a key itself."""

import base64
import binascii
import re
from pathlib import Path
from typing import Final

from configserver.backends.git.access import Access
from configserver.backends.git.faults import unusable
from configserver.backends.git.transport.hidden import HiddenFiles

_SHA2: Final = "rsa-sha2-512,rsa-sha2-256"
_TYPE: Final = re.compile(r"[a-z0-9@.-]{1,64}")
_MOST: Final = 8 << 20
_SYSTEM: Final = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"


def host_options(access: Access, hidden: HiddenFiles) -> dict[str, str]:
    """Return the options by name that say which host keys are accepted.

    Raises:
        Unreachable: the known hosts or the host key cannot be read.
    """
    always = {"UpdateHostKeys": "no", "CheckHostIP": "no", "VisualHostKey": "no"}
    if not access.strict_host_keys:
        return {
            **always,
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "GlobalKnownHostsFile": "/dev/null",
        }
    options = {**always, "StrictHostKeyChecking": "yes"}
    known = _known(access)
    ours = hidden.add(known) if known else None
    if access.local_ssh:
        # Beside the system's files, so that those which ~/.ssh/config names are asked as well.
        if ours:
            options["GlobalKnownHostsFile"] = f"{ours} {_SYSTEM}"
    else:
        options["UserKnownHostsFile"] = ours or "/dev/null"
        options["GlobalKnownHostsFile"] = "/dev/null"
    if access.host_key and access.host_key_algorithm and not access.known_hosts_file:
        # With a file, too, ssh itself prefers the kinds of keys that are known for the host.
        options["HostKeyAlgorithms"] = _algorithms(access.host_key_algorithm)
    return options


def _known(access: Access) -> bytes:
    lines = b""
    if access.known_hosts_file:
        lines += _read(access.known_hosts_file)
    if access.host_key:
        lines += _line(access.host_key, access.host_key_algorithm)
    return lines


def _read(name: str) -> bytes:
    """Read the file here, as ssh treats some characters of a path in ways of its own."""
    try:
        with Path(name).open("rb") as file:
            content = file.read(_MOST + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name is impossible"
        raise unusable(f"the known hosts file {name} cannot be read: {why}") from None
    if len(content) > _MOST:
        raise unusable(f"the known hosts file {name} is larger than {_MOST >> 20} MiB")
    return content.rstrip(b"\n") + b"\n"


def _line(key: str, algorithm: str | None) -> bytes:
    """Return a line for any host: the file is for one connection, and ~/.ssh/config has aliases."""
    text = "".join(key.split())
    try:
        blob = base64.b64decode(text, validate=True)
        found = blob[4 : 4 + int.from_bytes(blob[:4], "big")].decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        found = ""
    if not _TYPE.fullmatch(found):
        raise unusable("git.host-key is no SSH public key in base64")
    if algorithm and _kind(algorithm) != found:
        raise unusable(
            f"git.host-key is a key of type {found}, not what git.host-key-algorithm says"
        )
    return f"* {found} {text}\n".encode()


def _kind(algorithm: str) -> str:
    """Return the type of key for an algorithm: those for signatures by RSA keys are several."""
    name = algorithm.strip().lower()
    if not _TYPE.fullmatch(name):
        raise unusable("git.host-key-algorithm is no algorithm's name")
    return "ssh-rsa" if name.startswith("rsa-sha2-") else name


def _algorithms(configured: str) -> str:
    """Return with what a host may sign; `ssh-rsa`, an RSA key's type, is that with SHA-1, too."""
    name = configured.strip().lower()
    if _kind(name) != "ssh-rsa":
        return name
    return f"{_SHA2},ssh-rsa" if name == "ssh-rsa" else _SHA2
