"""`configserver.replicas.*`: how several servers of the same configuration hear of one another."""

from dataclasses import dataclass

from configserver.settings.doors import Seconds
from configserver.settings.secret import Key
from configserver.settings.section import File, Text, Texts, section, setting


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    """Redis or Valkey, through which replicas tell one another what to look at."""

    url: Text = setting(
        None, description="Where it is: `redis://redis:6379/0`, `rediss://…` for TLS, `unix:///…`."
    )
    channel: str = setting(
        "configserver.hints", description="Channel; the same on all replicas, and theirs alone."
    )
    username: Text = setting(None, description="User of its access control list.")
    password: Key = setting(None, description="Password of that user, or of the server.")
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's."
    )
    client_certificate: File = setting(None, description="PEM file of a TLS client certificate.")
    client_key: File = setting(
        None, description="PEM file of its key; not needed if the certificate's file holds it."
    )


@dataclass(frozen=True, kw_only=True)
class NatsSettings:
    """NATS, through which replicas tell one another what to look at."""

    servers: Texts = setting(
        (), description="Where it is: `nats://nats:4222`, `tls://…`; any of several serves."
    )
    subject: str = setting(
        "configserver.hints", description="Subject; the same on all replicas, and theirs alone."
    )
    username: Text = setting(None, description="User name.")
    password: Key = setting(None, description="Password of that user.")
    token: Key = setting(None, description="Token, instead of a user.")
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's."
    )
    client_certificate: File = setting(None, description="PEM file of a TLS client certificate.")
    client_key: File = setting(
        None, description="PEM file of its key; not needed if the certificate's file holds it."
    )


@dataclass(frozen=True, kw_only=True)
class ReplicasSettings:
    """Other servers of the same configuration: a webhook that reaches one reaches all."""

    peers: Texts = setting(
        (),
        description="Addresses of all replicas: `http://a:8888,http://b:8888`, or "
        "`dns+http://config:8888` for each address of a name. This server may be among them.",
    )
    secret: Key = setting(
        None, description="What replicas sign their messages with; the same on all of them."
    )
    ca_file: File = setting(
        None, description="PEM file of CAs that are trusted besides the system's, for `peers`."
    )
    head_start: Seconds = setting(
        1.0,
        description="Seconds before instances and webhooks are told, in which the other replicas "
        "find the same change, so that one of them tells; 0 for a single server.",
    )
    hold: Seconds = setting(
        12.0,
        description="Seconds of silence after which a replica that is to tell is taken to be gone, "
        "and another one tells; longer than `push.delivery.timeout`.",
    )
    redis: RedisSettings = section(RedisSettings)
    nats: NatsSettings = section(NatsSettings)

    @property
    def others(self) -> bool:
        """Whether anything leads to other replicas."""
        return bool(self.peers or self.redis.url or self.nats.servers)
