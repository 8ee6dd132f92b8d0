"""`server.*`: where to listen."""

from dataclasses import dataclass
from typing import Annotated

from configserver.settings.section import Text, setting, whole_number


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The listening socket."""

    port: Annotated[int, whole_number(0, 65535)] = setting(
        8888, description="TCP port to listen on; 0 takes any free port."
    )
    address: Text = setting(
        None, description="Address or host name to listen on; all addresses if not set."
    )
