"""Work with an HTTP remote, with credentials that may have to be renewed."""

from collections.abc import Callable
from typing import TypeVar

from dulwich.client import GitClient

from configserver.backends.git.access import Access
from configserver.backends.git.transport.answer import LoginRefused
from configserver.backends.git.transport.credentials import login_for, renewed
from configserver.backends.git.transport.http import HttpClient
from configserver.backends.git.transport.login import Login
from configserver.backends.git.transport.target import Target

T = TypeVar("T")


def talk_http(
    uri: str, access: Access, work: Callable[[GitClient, str], T], *, timeout: float
) -> T:
    """Do work, and once more if the login is refused and the credentials can be had anew.

    Raises:
        Unreachable: as `talk`; what `work` raises goes through.
    """
    target = Target.parse(uri)

    def attempt(login: Login | None) -> T:
        client = HttpClient(target, access, login, timeout=timeout)
        try:
            return work(client, target.path)
        finally:
            client.close()

    login = login_for(target, access, timeout=timeout)
    try:
        return attempt(login)
    except LoginRefused:
        other = login and renewed(target, access, login, timeout=timeout)
        if other is None:
            raise
    return attempt(other)
