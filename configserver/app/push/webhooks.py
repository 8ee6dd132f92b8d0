"""Webhooks of a running server: what its settings say of them."""

from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from configserver.errors import SettingsError
from configserver.logs import get_logger
from configserver.push import Hints
from configserver.push.webhooks.hosts import SENDERS
from configserver.push.webhooks.receiver import Receiver, WebhookOptions
from configserver.push.webhooks.signatures import SIGNING_TOKEN, signing_key
from configserver.secret import Secret
from configserver.settings import Settings
from configserver.settings.modes import readers_of
from configserver.web.extensions import Extension
from configserver.web.push.monitor import Monitor

_logger = get_logger("configserver.webhooks")


def monitor_of(settings: Settings, hints: Hints) -> Extension | None:
    """Return the address of webhooks, None if it is switched off; warns if it is unguarded.

    Raises:
        SettingsError: the file of secrets cannot be read, or a secret is none.
    """
    webhooks = settings.webhooks
    if not webhooks.enabled:
        return None
    options = _options(settings)
    if not options.guarded:
        _logger.warning(
            "webhooks without a secret",
            reason="whoever reaches /monitor can make this server look at its repositories and "
            "tell clients of what is new there; nobody can change what it serves",
            hint="set configserver.webhooks.secret, or configserver.webhooks.enabled=false",
        )
    monitor = Monitor(Receiver(options, hints, monotonic), webhooks.rate)
    return monitor.extension(settings.endpoint.path)


def _options(settings: Settings) -> WebhookOptions:
    webhooks, monitor = settings.webhooks, settings.monitor
    names = [host.name for host in SENDERS]
    own = {name: _revealed(getattr(webhooks, name).secret) for name in names}
    if any(one.startswith(SIGNING_TOKEN) and not signing_key(one) for one in own["gitlab"]):
        raise SettingsError("configserver.webhooks.gitlab.secret should have Base64 after whsec_")
    switches = {name: getattr(monitor, name, None) for name in names}
    return WebhookOptions(
        disabled=frozenset(name for name, one in switches.items() if one and not one.enabled),
        secrets=(*_revealed(webhooks.secret), *_from_file(webhooks.secret_file)),
        own_secrets=own,
        replay_seconds=webhooks.replay_window,
        aliases={host.lower(): alias for host, alias in webhooks.aliases.items()},
    )


def _revealed(secrets: Iterable[Secret]) -> tuple[bytes, ...]:
    return tuple(secret.reveal().encode("utf-8", "surrogateescape") for secret in secrets)


def _from_file(path: str | None) -> tuple[bytes, ...]:
    if path is None:
        return ()
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError as error:
        raise SettingsError(
            f"configserver.webhooks.secret-file cannot be read: {error.strerror}"
        ) from None
    found = tuple(line.strip() for line in lines if line.strip())
    if not found:
        raise SettingsError("configserver.webhooks.secret-file holds no secret")
    if open_to := readers_of(Path(path)):
        _logger.warning(
            "others can read the secrets of webhooks",
            setting="configserver.webhooks.secret-file",
            reason=open_to,
        )
    return found
