"""`spring.cloud.config.server.composite[n].*`: several backends, each with its settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias

from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings
from configserver.settings.section import one_of, setting, text

Member: TypeAlias = GitSettings | NativeSettings

MODELS: Final[Mapping[str, Callable[..., Member]]] = MappingProxyType(
    {"git": GitSettings, "native": NativeSettings}
)
"""The settings of each type of member."""

LAST: Final = (1 << 31) - 1
"""The rank of a backend that has none of its own."""

_parse = one_of(*MODELS)


def _type(value: Any) -> Any:
    try:
        return _parse(text(value).strip().lower())
    except ValueError as error:
        raise ValueError(f"{error}; other backends are not supported") from None


@dataclass(frozen=True, kw_only=True)
class MemberSettings:
    """A member of a composite. Beside its type it has the settings of a backend of that type."""

    type: Annotated[str, _type] = setting("", description="`git` or `native`, in any case.")


def rank(member: Member) -> int:
    """Return the place of a backend among several, the lowest being the first."""
    return LAST if member.order is None else member.order
