"""What a failure between a mirror and its remote means, in our own words."""

import errno
import re
import socket
from typing import Final

from dulwich.errors import GitProtocolError, HangupException, NotGitRepository

from configserver.backends.git.faults import Fault, Unreachable

_ABSENT: Final = re.compile(
    r"not found|not exported|does not exist|no such repository|not appear to be a git repo",
    re.IGNORECASE,
)
_DENIED: Final = re.compile(r"denied|not allowed|forbidden|unauthorized", re.IGNORECASE)
_NO_WAY: Final = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


def explain(error: Exception, place: str, *, timeout: float) -> Unreachable:
    """Return the kind of failure with a reason that quotes nothing of what a remote said.

    Args:
        error: whatever talking to a remote, or writing to the mirror, raised.
        place: the remote's host, as it may be shown.
        timeout: seconds that each wait could take.
    """
    if isinstance(error, Unreachable):
        return error
    if isinstance(error, OSError):
        return explain_socket(error, place, timeout=timeout) or Unreachable(
            f"the mirror cannot be written: {error.strerror or type(error).__name__}",
            fault=Fault.DISK,
        )
    if isinstance(error, GitProtocolError) and not isinstance(error, HangupException):
        return _said(str(error), place)
    fault, reason = _found(error)
    return Unreachable(reason.format(place=place), fault=fault)


def _found(error: Exception) -> tuple[Fault, str]:
    match error:
        case NotGitRepository():
            return Fault.ABSENT, "{place} has no such repository"
        case HangupException():
            return Fault.PROTOCOL, "{place} closed the connection"
        case MemoryError():
            return Fault.WORKER, "the transfer takes too much memory"
    return Fault.PROTOCOL, f"what {{place}} sent cannot be used ({type(error).__name__})"


KEEPALIVE: Final = 5.0
"""Seconds after which Git gives a sign of life while it prepares a pack: a wait for one may take
that much longer than others."""


def explain_socket(error: OSError, place: str, *, timeout: float) -> Unreachable | None:
    """Return what a failure of a connection means, None if it is not one."""
    match error:
        case socket.gaierror():
            return Unreachable(f"{place} is a name that cannot be resolved", fault=Fault.NAME)
        case TimeoutError():
            return Unreachable(f"{place} did not answer within {timeout:g} s", fault=Fault.TIMEOUT)
        case ConnectionRefusedError():
            return Unreachable(f"{place} refuses connections", fault=Fault.CONNECT)
        case ConnectionError():
            return Unreachable(f"{place} closed the connection", fault=Fault.PROTOCOL)
        case _ if error.errno in _NO_WAY:
            return Unreachable(
                f"{place} cannot be reached: there is no way to it", fault=Fault.CONNECT
            )
    return None


def _said(text: str, place: str) -> Unreachable:
    if _ABSENT.search(text):
        return Unreachable(f"{place} has no such repository", fault=Fault.ABSENT)
    if _DENIED.search(text):
        return Unreachable(f"{place} forbids to read the repository", fault=Fault.FORBIDDEN)
    return Unreachable(f"{place} does not answer as Git does", fault=Fault.PROTOCOL)
