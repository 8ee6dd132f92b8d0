"""Credential helpers: programs that speak Git's credential protocol."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.target import Target
from configserver.secret import Secret

_SNIPPET: Final = "CONFIGSERVER_CREDENTIAL_HELPER"
_MISSING: Final = (126, 127)


@dataclass(frozen=True, slots=True)
class Lent:
    """What a helper gave.

    Attributes:
        login: user and password.
        expires: when it ends, in seconds since 1970, None if that is not known.
    """

    login: Login
    expires: float | None


def ask(command: str, target: Target, username: str | None, *, timeout: float) -> Lent | None:
    """Ask a helper for the credentials of a repository, None if it has none.

    Helpers that keep them by host alone are asked a second time, without the path.

    Args:
        command: as in Git's `credential.helper`.
        target: the repository.
        username: whose password is wanted, None if the helper may choose.
        timeout: seconds it may take.

    Raises:
        Unreachable: the helper cannot be run, fails, or takes too long.
    """
    wanted = _wanted(target, username)
    for fields in (wanted, {key: text for key, text in wanted.items() if key != "path"}):
        found = _fields(_run(command, "get", fields, timeout=timeout))
        user = found.get("username", username)
        if user is not None and found.get("password"):
            expires = found.get("password_expiry_utc", "")
            return Lent(
                Login(user, Secret(found["password"])),
                float(expires) if expires.isdecimal() else None,
            )
        if found.get("quit", "") in {"1", "true"}:
            break
    return None


def erase(command: str, target: Target, login: Login, *, timeout: float) -> None:
    """Tell a helper that the host refused what it gave.

    Raises:
        Unreachable: see `ask`.
    """
    refused = {"username": login.username or "", "password": login.secret.reveal()}
    _run(command, "erase", _wanted(target, None) | refused, timeout=timeout)


def _wanted(target: Target, username: str | None) -> dict[str, str]:
    fields = {"protocol": target.scheme, "host": target.authority, "path": target.path.strip("/")}
    if username is not None:
        fields["username"] = username
    return fields


def _run(command: str, action: str, fields: Mapping[str, str], *, timeout: float) -> str:
    """Run a helper in a process group of its own, which is ended when it takes too long."""
    if any(ord(char) < ord(" ") for text in fields.values() for char in text):
        raise _failed("cannot be asked for names with control characters")
    question = "".join(f"{key}={text}\n" for key, text in fields.items())
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        process = subprocess.Popen(  # noqa: S603 - what the operator configured
            _words(command, action, environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            process_group=0,
        )
    except (OSError, ValueError):
        raise _failed("cannot be run") from None
    with process:
        try:
            answer, _ = process.communicate(f"{question}\n".encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            # What it waits for would outlive it.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise _failed(f"did not answer within {timeout:g} s") from None
    if process.returncode in _MISSING:
        raise _failed("is not installed")
    if process.returncode and action == "get":
        raise _failed(f"ended with exit code {process.returncode}")
    return answer.decode("utf-8", "replace")


def _words(command: str, action: str, environment: dict[str, str]) -> list[str]:
    """Return the command line, as Git would read the setting."""
    if command.startswith("!"):
        # Snippets often hold a password: everybody may read arguments, nobody the environment.
        environment[_SNIPPET] = f"{command[1:]} {action}"
        return ["/bin/sh", "-c", f'eval "${_SNIPPET}"']
    name, *arguments = shlex.split(command)
    if Path(name).is_absolute():
        return [name, *arguments, action]
    found = shutil.which(f"git-credential-{name}")
    return [*([found] if found else ["git", f"credential-{name}"]), *arguments, action]


def _fields(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def _failed(what: str) -> Unreachable:
    return Unreachable(f"the credential helper {what}", fault=Fault.CREDENTIALS)
