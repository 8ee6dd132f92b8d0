"""`server.*`: where to listen."""

from typing import Annotated

from pydantic import Field

from configserver.settings.section import Optional, Section


class ServerSettings(Section):
    """The listening socket."""

    port: int = Field(
        8888, ge=0, le=65535, description="TCP port to listen on; 0 takes any free port."
    )
    address: Annotated[str | None, Optional] = Field(
        None, description="Address or host name to listen on; all addresses if not set."
    )
