"""Talking to a remote; only the worker and the doctor do."""

from collections.abc import Callable
from typing import TypeVar

from dulwich.client import GitClient, get_transport_and_path

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable

T = TypeVar("T")


def talk(
    uri: str,
    access: Access,  # noqa: ARG001 - to be used
    work: Callable[[GitClient, str], T],
    *,
    timeout: float,  # noqa: ARG001 - to be used
) -> T:
    """Do work with a client of the remote and the repository's path there.

    If the login is refused and the credentials can be had anew, that is done once and the work is
    done again.

    Args:
        uri: the remote, as configured.
        access: credentials and everything else that decides how it is reached.
        work: called with the client and the path; what it raises is translated.
        timeout: seconds that each wait for the network may take.

    Raises:
        Unreachable: with the kind of failure, and a reason without any secret.
    """
    try:
        client, path = get_transport_and_path(uri, operation="pull")
        try:
            return work(client, path)
        finally:
            client.close()
    except Exception as error:
        raise Unreachable(f"{type(error).__name__}", fault=Fault.PROTOCOL) from error
