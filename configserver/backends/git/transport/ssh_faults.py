"""What ssh said when it failed, in sentences of our own; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from configserver.backends.git.faults import Fault, Unreachable
from configserver.secret import mask_uris

TUNNEL: Final = "configserver-tunnel: "
"""How lines of the program begin that connects ssh through a proxy."""
CONNECTED: Final = f"{TUNNEL}connected"
"""The line with which it says that it has done so."""

_ASIDES: Final = ("debug1: ", "Warning: ", CONNECTED)
_NOBODY: Final = "ssh wants to know its user: give the server's one a line in /etc/passwd"
_QUOTED: Final = 160
_ABSENT: Final = re.compile(
    r"does not appear to be a git repository|repository not found|repository '.*' not found"
    r"|project you were looking for could not be found|repository does not exist"
    r"|could not find repository|no such repository|project not found|not found: .*\.git"
    r"|repository .* does not exist|the requested repository",
    re.IGNORECASE,
)
_FORBIDDEN: Final = re.compile(
    r"\bdenied\b|not allowed|insufficient permission|unauthorized|no access|not authorized",
    re.IGNORECASE,
)
_LOGGED_IN: Final = re.compile(r"(debug1: )?Authenticat(ed to .* using|ion succeeded)")
_RULES: Final = (
    (r"could not resolve hostname", Fault.NAME, "the SSH host's name cannot be resolved"),
    (r"timed out|Timeout, server", Fault.TIMEOUT, "the SSH host did not answer in time"),
    (r"connection refused", Fault.CONNECT, "the SSH host refuses connections"),
    (
        r"(no route to host|network is unreachable|cannot assign requested|connect to host)",
        Fault.CONNECT,
        "the SSH host cannot be reached",
    ),
    (
        r"no user exists for uid|bad (owner or permissions|configuration)|can't open user config",
        Fault.CREDENTIALS,
        "ssh refuses to start on this machine",
    ),
    (
        r"unable to negotiate|bad packet length|invalid format|protocol version|banner",
        Fault.PROTOCOL,
        "the host and this machine's ssh do not understand each other",
    ),
    (
        r"connection (closed|reset)|closed by remote host|broken pipe",
        Fault.CONNECT,
        "the SSH host closed the connection before the login was done",
    ),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended.

    Attributes:
        errors: what ssh wrote to its standard error.
        status: its exit status, None while it runs.
        limit: seconds after which it was given up.
        timed_out: whether that was so.
        heard: whether Git on the other side has said anything.
    """

    errors: str
    status: int | None
    limit: float
    timed_out: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What was tried to log in.

    Attributes:
        names: the names of keys by the path that ssh was given.
        unusable: why other keys were left out.
        proxied: whether an HTTP proxy is on the way.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    unusable: tuple[str, ...] = ()
    proxied: bool = False


def explain_ending(ending: Ending, tried: Tried) -> Unreachable:
    """Return the failure behind what ssh said."""
    lines = [line.strip() for line in ending.errors.splitlines()]
    traced = [line for line in lines if line.startswith("debug1: ")]
    said = [line for line in lines if line and not line.startswith(_ASIDES)]
    logged_in = any(_LOGGED_IN.match(line) for line in lines)
    tunnel = next((line for line in said if line.startswith(TUNNEL)), None)
    if tunnel is not None and not logged_in:
        return _of_tunnel(tunnel)
    if ending.timed_out:
        return _of_silence(ending, lines, tried, logged_in=logged_in)
    if not logged_in:
        return _of_host_key(said, traced) or _of_login(said, traced, tried) or _of_ssh(said)
    return of_git(said) or _of_session(ending, said)


def of_git(said: Iterable[str]) -> Unreachable | None:
    """Return what the Git host says about the repository, None if it says nothing known."""
    for line in said:
        if _ABSENT.search(line):
            return Unreachable("the Git host has no such repository", fault=Fault.ABSENT)
    for line in said:
        if _FORBIDDEN.search(line):
            reason = f"the Git host refuses access to the repository: '{_quoted(line)}'"
            return Unreachable(reason, fault=Fault.FORBIDDEN)
    return None


def _of_tunnel(line: str) -> Unreachable:
    kind, _, reason = line.removeprefix(TUNNEL).partition(": ")
    fault = Fault.TIMEOUT if kind == Fault.TIMEOUT else Fault.PROXY
    return Unreachable(_quoted(reason), fault=fault)


def _of_silence(ending: Ending, lines: list[str], tried: Tried, *, logged_in: bool) -> Unreachable:
    begun = CONNECTED in lines or any("Connection established" in line for line in lines)
    greeted = any("Remote protocol version" in line for line in lines)
    if ending.heard:
        what = "the SSH host stopped in the middle of an answer"
    elif logged_in:
        what = "the SSH host accepted the login, but Git did not answer there"
    elif greeted:
        what = "the SSH host stopped before the login was done"
    elif begun:
        what = "the SSH host accepted the connection and said nothing"
    else:
        through = " through the proxy" if tried.proxied else ""
        what = f"there was no connection to the SSH host{through}"
    return Unreachable(f"{what} within {ending.limit:g} s", fault=Fault.TIMEOUT)


def _of_host_key(said: list[str], traced: list[str]) -> Unreachable | None:
    text = "\n".join(said)
    changed = "IDENTIFICATION HAS CHANGED" in text
    offer = re.search(r"no matching host key type found\. Their offer: (\S+)", text)
    if offer:
        reason = f"the SSH host has no key of the expected kind, but {_quoted(offer[1])}"
        return Unreachable(reason, fault=Fault.HOST_KEY)
    if not changed and "Host key verification failed" not in text:
        return None
    shown = next((line for line in traced if "Server host key: " in line), "")
    key = f": {_quoted(shown.partition('Server host key: ')[2])}" if shown else ""
    if changed:
        reason = f"the SSH host has another key than the one that is known{key}"
        hint = "if the host's publisher announced a new key, exchange the known one; otherwise"
        hint += " somebody may be in between"
        return Unreachable(reason, fault=Fault.HOST_KEY, hint=hint)
    return Unreachable(f"the SSH host's key is not known{key}", fault=Fault.HOST_KEY)


def _of_login(said: list[str], traced: list[str], tried: Tried) -> Unreachable | None:
    text = "\n".join(said)
    methods = re.search(r"Permission denied \(([A-Za-z0-9,@.-]+)\)", text)
    many = "Too many authentication failures" in text
    if methods is None and not many:
        return None
    offered = [
        f"{tried.names.get(found[1], _quoted(found[1]))} ({found[2]})"
        for line in traced
        if (found := re.match(r"debug1: Offering public key: (.+?) [A-Z0-9-]+ (SHA256:\S+)", line))
    ]
    if any(line == "debug1: Next authentication method: password" for line in traced):
        offered.append("the password")
    reason = "the SSH host refuses the login"
    reason += f"; it takes {methods[1].replace(',', ', ')}" if methods else " after too many keys"
    reason += f"; tried: {', '.join(offered)}" if offered else "; nothing was tried"
    if tried.unusable:
        reason += f"; left out: {'; '.join(tried.unusable)}"
    return Unreachable(reason, fault=Fault.LOGIN)


def _of_ssh(said: list[str]) -> Unreachable:
    for pattern, fault, reason in _RULES:
        for line in said:
            if re.search(pattern, line, re.IGNORECASE):
                detail = "" if fault in {Fault.NAME, Fault.TIMEOUT} else f": '{_quoted(line)}'"
                hint = _NOBODY if "No user exists for uid" in line else ""
                return Unreachable(f"{reason}{detail}", fault=fault, hint=hint)
    return Unreachable(f"ssh failed{_last(said)}", fault=Fault.CONNECT)


def _of_session(ending: Ending, said: list[str]) -> Unreachable:
    text = "\n".join(said)
    if re.search(r"Timeout, server .* not responding|timed out", text):
        what = "stopped in the middle of an answer" if ending.heard else "stopped after the login"
        return Unreachable(f"the SSH host {what}", fault=Fault.TIMEOUT)
    if ending.status == 127:
        return Unreachable(f"the SSH host has no Git{_last(said)}", fault=Fault.SERVER)
    if ending.heard:
        return Unreachable(
            f"the SSH host ended in the middle of an answer{_last(said)}", fault=Fault.PROTOCOL
        )
    return Unreachable(f"the SSH host ended without an answer{_last(said)}", fault=Fault.PROTOCOL)


def _last(said: list[str]) -> str:
    """Return the line that mostly says why: the first fatal one, else the last."""
    noise = ("Connection to ", "Transferred: ", "Bytes per second", "fatal: Could not read from")
    lines = [line for line in said if not line.startswith(noise) and not _LOGGED_IN.match(line)]
    told = next((line for line in lines if line.startswith(("fatal:", "ERROR:"))), None)
    line = told or (lines[-1] if lines else "")
    return f": '{_quoted(line)}'" if line else ""


def _quoted(line: str) -> str:
    """Return a line of somebody else's as it may be shown: short, printable, without secrets."""
    plain = "".join(char if " " <= char <= "~" else " " for char in mask_uris(line))
    return " ".join(plain.replace("'", "`").split())[:_QUOTED]
