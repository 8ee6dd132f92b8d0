"""Webhooks: which Git hosts may tell of changes, and how they show who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from configserver.secret import Secret
from configserver.settings.placeholders import is_unfilled
from configserver.settings.section import (
    File,
    section,
    setting,
    split_at_commas,
    whole_number,
    without_effect,
)


def _secrets(value: Any) -> tuple[Secret, ...]:
    """Return secrets; none of them may be blank, because everybody knows that one.

    No secret at all is refused, too: an empty variable would open a server that was to be closed.
    """
    texts = split_at_commas(value)
    if not texts or not all(text.strip() for text in texts):
        raise ValueError("should not hold a blank secret")
    if any(map(is_unfilled, texts)):
        raise ValueError("holds a placeholder that nothing fills, which others can guess")
    return tuple(Secret(text) for text in texts)


def _aliases(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("should have names below it")  # noqa: TRY004 - as Parse says
    return value


Secrets = Annotated[tuple[Secret, ...], _secrets]
"""Several secrets hold at once, so that one can be replaced by another without a gap."""


@dataclass(frozen=True, kw_only=True)
class EndpointSettings:
    """Where webhooks are posted to."""

    path: str = setting(
        "", description="Path in front of `/monitor`, such as `/hooks`; no other prefix moves it."
    )


@dataclass(frozen=True, kw_only=True)
class HostSwitch:
    """Whether the payloads of a Git host are understood."""

    enabled: bool = setting(True, description="Understand this host's payloads.")


@dataclass(frozen=True, kw_only=True)
class MonitorSettings:
    """Which Git hosts are understood."""

    github: HostSwitch = section(HostSwitch)
    gitlab: HostSwitch = section(HostSwitch)
    gitea: HostSwitch = section(HostSwitch)
    gogs: HostSwitch = section(HostSwitch)
    gitee: HostSwitch = section(HostSwitch)
    bitbucket: HostSwitch = section(HostSwitch)
    azure: HostSwitch = section(HostSwitch)
    fixed_delay: Annotated[int, whole_number(0)] = setting(
        5000,
        effect=without_effect("folders and local repositories are watched without polling"),
        description="Milliseconds between two looks at local files.",
    )


@dataclass(frozen=True, kw_only=True)
class HostSecret:
    """Secrets of one Git host."""

    secret: Secrets = setting((), description="Secrets of this host, instead of the general ones.")


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """What Spring does not have: secrets, and bounds."""

    enabled: bool = setting(True, description="Answer `POST /monitor`.")
    secret: Secrets = setting(
        (),
        description="Secrets that webhooks are signed with, or show; each of them will do. None: "
        "everybody can make the server look at its repositories.",
    )
    secret_file: File = setting(
        None, description="File with further such secrets, one in a line; read at the start."
    )
    rate: Annotated[int, whole_number(1)] = setting(
        500, description="Webhooks per second that are acted upon, then 429."
    )
    replay_window: Annotated[int, whole_number(0)] = setting(
        300,
        description="Seconds for which a verified webhook is not taken a second time; 0: it is.",
    )
    aliases: Annotated[Mapping[str, str], _aliases] = setting(
        {},
        description="Hosts as webhooks name them, and what they are called in `uri` here: "
        "`git.example.com: gitea:3000`.",
    )
    github: HostSecret = section(HostSecret)
    gitlab: HostSecret = section(HostSecret)
    gitea: HostSecret = section(HostSecret)
    gogs: HostSecret = section(HostSecret)
    gitee: HostSecret = section(HostSecret)
    bitbucket: HostSecret = section(HostSecret)
    azure: HostSecret = section(HostSecret)
    generic: HostSecret = section(HostSecret)
