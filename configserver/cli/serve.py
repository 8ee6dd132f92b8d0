"""`configserver serve`: run the server."""

import errno
from typing import Final

import click

from configserver.app import run
from configserver.cli.example import with_example
from configserver.cli.failure import fail
from configserver.cli.options import OPTIONS, settings_options
from configserver.errors import ConfigError, SettingsError
from configserver.logs import configure
from configserver.secret import mask_uris
from configserver.settings import Settings
from configserver.settings.bind import Bound
from configserver.settings.composite import Member
from configserver.settings.native import NativeSettings

_ADDRESS_ERRORS: Final = {
    errno.EADDRINUSE: "another process listens there; choose another port with --port",
    errno.EADDRNOTAVAIL: "this machine does not have that address; see --host",
    errno.EACCES: "ports below 1024 need more rights; choose another port with --port",
}


@click.command()
@settings_options(*OPTIONS)
def serve(bound: Bound) -> None:
    """Serve a configuration repository; without any setting, the packaged example."""
    settings = bound.settings
    configure(settings.own.log_format)
    try:
        settings = with_example(settings)
        run(settings, lambda port: click.echo(banner(settings, port)))
    except ConfigError as error:
        fail(error)
    except OSError as error:
        if error.errno not in _ADDRESS_ERRORS:
            raise
        address = f"{settings.server.address or '*'}:{settings.server.port}"
        hint = _ADDRESS_ERRORS[error.errno]
        fail(SettingsError(f"cannot listen on {address}", hint=hint), code=1)


def banner(settings: Settings, port: int) -> str:
    """Return what to print at the start: where, what, and three requests to try."""
    host = settings.server.address
    reached = "localhost" if host in (None, "", "0.0.0.0", "::") else f"{host}"  # noqa: S104
    reached = f"[{reached}]" if ":" in reached else reached
    base = f"http://{reached}:{port}{settings.serving.prefix.rstrip('/')}"
    members = settings.members
    served = [_served(member) for member in members]
    serving = (
        [f"Serving {served[0]}"]
        if len(served) == 1
        else ["Serving", *(f"  {one}" for one in served)]
    )
    label = settings.default_label_of(members[0]).replace("/", "(_)")
    return "\n".join(
        (
            f"Listening on {base}",
            *serving,
            "Try",
            f"  curl {base}/shop/dev",
            f"  curl {base}/shop-dev.yml",
            f"  curl {base}/shop/dev/{label}/nginx.conf",
        )
    )


def _served(member: Member) -> str:
    """Return what a backend serves, on one line and without secrets."""
    if isinstance(member, NativeSettings):
        return ", ".join(member.search_locations)
    uri = mask_uris(member.uri or "")
    nested = len(member.repos)
    return f"{uri} and {nested} more by pattern" if nested else uri
