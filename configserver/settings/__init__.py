"""What an operator can set: one frozen model per section, and all of them together."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from configserver.errors import SettingsError
from configserver.settings.bus import (
    ApplicationSettings,
    BusSettings,
    ExposureSettings,
    KafkaSettings,
    OwnBusSettings,
    RabbitSettings,
)
from configserver.settings.ciphers import CipherSettings
from configserver.settings.composite import Member, rank
from configserver.settings.doors import (
    DeliverySettings,
    NotifySettings,
    RefreshSettings,
    SpreadSettings,
)
from configserver.settings.encryption import EncryptSettings, RingSettings
from configserver.settings.git import GitSettings
from configserver.settings.health import HealthSettings
from configserver.settings.native import NativeSettings
from configserver.settings.own import OwnSettings
from configserver.settings.profiles import ProfilesSettings
from configserver.settings.push import PushSettings
from configserver.settings.replicas import ReplicasSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.server import ServerSettings
from configserver.settings.serving import ServingSettings
from configserver.settings.sops import SopsSettings
from configserver.settings.watch import WatchSettings
from configserver.settings.webhooks import EndpointSettings, MonitorSettings, WebhookSettings

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "server": "server",
        "profiles": "spring.profiles",
        "serving": "spring.cloud.config.server",
        "git": "spring.cloud.config.server.git",
        "native": "spring.cloud.config.server.native",
        "composite": "spring.cloud.config.server.composite",
        "ciphers": "spring.cloud.config.server.encrypt",
        "health": "spring.cloud.config.server.health",
        "encrypt": "encrypt",
        "ring": "configserver.encrypt",
        "sops": "configserver.sops",
        "endpoint": "spring.cloud.config.monitor.endpoint",
        "monitor": "spring.cloud.config.server.monitor",
        "webhooks": "configserver.webhooks",
        "watch": "configserver.watch",
        "push": "configserver.push",
        "application": "spring.application",
        "bus": "spring.cloud.bus",
        "own_bus": "configserver.bus",
        "rabbit": "spring.rabbitmq",
        "kafka": "spring.kafka",
        "exposure": "management.endpoints.web.exposure",
        "refresh": "configserver.refresh",
        "notify": "configserver.notify",
        "delivery": "configserver.push.delivery",
        "spread": "configserver.push.spread",
        "replicas": "configserver.replicas",
        "own": "configserver",
    }
)
"""The prefix of the names in each section of `Settings`."""

_OTHER_BACKENDS: Final = (
    "awsparamstore",
    "awss3",
    "awssecretsmanager",
    "credhub",
    "jdbc",
    "mongodb",
    "redis",
    "secret-manager",
    "subversion",
    "vault",
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that is set; a fresh one holds the defaults.

    Attributes:
        composite: the members of the composite by their numbers, none unless it is active.
    """

    server: ServerSettings = ServerSettings()
    profiles: ProfilesSettings = ProfilesSettings()
    serving: ServingSettings = ServingSettings()
    git: GitSettings = GitSettings()
    native: NativeSettings = NativeSettings()
    composite: tuple[Member, ...] = ()
    ciphers: CipherSettings = CipherSettings()
    health: HealthSettings = HealthSettings()
    encrypt: EncryptSettings = EncryptSettings()
    ring: RingSettings = RingSettings()
    sops: SopsSettings = SopsSettings()
    endpoint: EndpointSettings = EndpointSettings()
    monitor: MonitorSettings = MonitorSettings()
    webhooks: WebhookSettings = WebhookSettings()
    watch: WatchSettings = WatchSettings()
    push: PushSettings = PushSettings()
    application: ApplicationSettings = ApplicationSettings()
    bus: BusSettings = BusSettings()
    own_bus: OwnBusSettings = OwnBusSettings()
    rabbit: RabbitSettings = RabbitSettings()
    kafka: KafkaSettings = KafkaSettings()
    exposure: ExposureSettings = ExposureSettings()
    refresh: RefreshSettings = RefreshSettings()
    notify: NotifySettings = NotifySettings()
    delivery: DeliverySettings = DeliverySettings()
    spread: SpreadSettings = SpreadSettings()
    replicas: ReplicasSettings = ReplicasSettings()
    own: OwnSettings = OwnSettings()

    @property
    def has_keys(self) -> bool:
        """Say whether any key for ciphers is set."""
        key = self.encrypt.key
        return bool((key and key.reveal()) or self.encrypt.key_store.location or self.ring.keys)

    @property
    def brokers(self) -> tuple[str, ...]:
        """The brokers on whose buses this server takes part: `rabbitmq`, `kafka`."""
        if not self.bus.enabled:
            return ()
        rabbit = self.rabbit.host or self.rabbit.addresses
        found = {"rabbitmq": rabbit, "kafka": self.kafka.bootstrap_servers}
        return tuple(name for name, place in found.items() if place)

    @property
    def members(self) -> tuple[Member, ...]:
        """Return the backends that the active profiles choose, the first of them first.

        They go by their `order`. Where that is equal, `native` stands before `git`, as with the
        original, and both before the members of a composite. Git serves if no profile names any.

        Raises:
            SettingsError: a backend that is not supported, or a composite without members.
        """
        active = self.profiles.active
        if any(name in _OTHER_BACKENDS for name in active):
            raise SettingsError(
                "spring.profiles.active names a backend that is not supported; "
                "use git, native or composite"
            )
        if "composite" in active and not self.composite:
            raise SettingsError(
                "spring.cloud.config.server.composite[0].type is not set, "
                "but spring.profiles.active names composite"
            )
        found: list[Member] = [self.native] if "native" in active else []
        if "git" in active:
            found.append(self.git)
        if "composite" in active:
            found += self.composite
        return tuple(sorted(found or [self.git], key=rank))

    def default_label_of(self, member: Member | NestedGitSettings) -> str:
        """Return the label if none is asked for.

        The general setting outranks a backend's own, but not that of a nested repository.
        """
        general = None if isinstance(member, NestedGitSettings) else self.serving.default_label
        return general or member.default_label
