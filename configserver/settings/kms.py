"""`configserver.encrypt.kms.*`: services that unwrap keys of the key ring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit

from configserver.settings.secret import Key
from configserver.settings.section import File, Text, one_of, optional, setting, text, whole_number

PREFIX: Final = "configserver.encrypt.kms"

SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"
"""Where Kubernetes puts the token of a pod's service account."""

_VAULT: Final = (
    *("uri", "mount", "key", "namespace", "token", "token-file", "role-id", "secret-id"),
    *("secret-id-file", "role", "jwt-file", "auth-mount"),
)
_AWS: Final = (
    *("region", "key-id", "endpoint", "encryption-context", "profile", "access-key-id"),
    *("secret-access-key", "session-token"),
)


def _context(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("should have names and values")  # noqa: TRY004 - as Parse says
    return MappingProxyType(dict(value))


@dataclass(frozen=True, kw_only=True)
class KmsSettings:
    """A key management service: Vault's transit engine, or AWS KMS."""

    type: Annotated[str | None, optional(one_of("vault", "aws"))] = setting(
        None, description="`vault` or `aws`."
    )
    timeout: Annotated[int, whole_number(1, 60)] = setting(
        5, description="Seconds that unwrapping a key may take in all."
    )
    ca_file: File = setting(
        None,
        description="PEM file of CAs to trust: for Vault besides the system's, not set: "
        "`$VAULT_CACERT`; for AWS instead of the SDK's.",
    )
    uri: Text = setting(
        None, description="Vault: its address, `https://vault:8200`. Not set: `$VAULT_ADDR`."
    )
    mount: str = setting("transit", description="Vault: path of the transit engine.")
    key: Text = setting(None, description="Vault: name of the key in the transit engine.")
    namespace: Text = setting(
        None, description="Vault: namespace of engine and login. Not set: `$VAULT_NAMESPACE`."
    )
    token: Key = setting(
        None, description="Vault: token. Without any way to log in: `$VAULT_TOKEN`."
    )
    token_file: File = setting(
        None, description="Vault: file of the token, such as Vault Agent's; read at each use."
    )
    role_id: Text = setting(None, description="Vault: role to log in as with AppRole.")
    secret_id: Key = setting(None, description="Vault: secret of that role.")
    secret_id_file: File = setting(
        None, description="Vault: file of that secret instead, read at each use."
    )
    role: Text = setting(
        None, description="Vault: role to log in as with the service account of Kubernetes."
    )
    jwt_file: Annotated[str, text] = setting(
        SERVICE_ACCOUNT, description="Vault: file of the service account's token."
    )
    auth_mount: Text = setting(
        None, description="Vault: path of that login. Not set: `approle` or `kubernetes`."
    )
    region: Text = setting(None, description="AWS: region. Not set: as the AWS CLI finds it.")
    key_id: Text = setting(
        None, description="AWS: id, ARN or alias of the key: `alias/configserver`."
    )
    endpoint: Text = setting(None, description="AWS: address of KMS, if not the region's own.")
    encryption_context: Annotated[Mapping[str, str], _context] = setting(
        {}, description="AWS: names and values that the wrapped key is bound to."
    )
    profile: Text = setting(None, description="AWS: profile of `~/.aws`.")
    access_key_id: Text = setting(
        None, description="AWS: access key. Not set: environment, profile, web identity, instance."
    )
    secret_access_key: Key = setting(None, description="AWS: secret of that access key.")
    session_token: Key = setting(None, description="AWS: session token of that access key.")


Found: TypeAlias = tuple[str, str, str]
"""The name of a setting, what is wrong with it, and the name whose place is shown."""


def kms_problems(services: Mapping[str, KmsSettings]) -> Iterator[Found]:
    """Yield what keeps services from being asked."""
    for name, service in services.items():
        prefix = f"{PREFIX}.{name}"
        if service.type is None:
            yield f"{prefix}.type", "is not set; it should be 'vault' or 'aws'", prefix
            continue
        for other in _AWS if service.type == "vault" else _VAULT:
            if _is_set(service, other):
                reason = f"has no effect with type '{service.type}'"
                yield f"{prefix}.{other}", reason, f"{prefix}.{other}"
        yield from (_vault if service.type == "vault" else _aws)(prefix, service)


def _vault(prefix: str, service: KmsSettings) -> Iterator[Found]:
    if service.uri and (reason := address_problem(service.uri)):
        yield f"{prefix}.uri", reason, f"{prefix}.uri"
    if not service.key:
        yield f"{prefix}.key", "is not set", prefix
    logins = ("token", "token-file", "role-id", "role")
    first, *others = [name for name in logins if _is_set(service, name)] or [""]
    for name in others:
        reason = f"is set besides {prefix}.{first}; use only one of them"
        yield f"{prefix}.{name}", reason, f"{prefix}.{name}"
    if service.secret_id and service.secret_id_file:
        reason = f"is set besides {prefix}.secret-id; use only one of them"
        yield f"{prefix}.secret-id-file", reason, f"{prefix}.secret-id-file"
    if (service.secret_id or service.secret_id_file) and not service.role_id:
        yield f"{prefix}.role-id", "is not set, but secret-id is", prefix


def _aws(prefix: str, service: KmsSettings) -> Iterator[Found]:
    if service.endpoint and (reason := address_problem(service.endpoint)):
        yield f"{prefix}.endpoint", reason, f"{prefix}.endpoint"
    if bool(service.access_key_id) != bool(service.secret_access_key):
        first, second = "access-key-id", "secret-access-key"
        if service.access_key_id:
            first, second = second, first
        yield f"{prefix}.{first}", f"is not set, but {second} is", f"{prefix}.{second}"


def address_problem(uri: str) -> str | None:
    """Say what is wrong with the address of a service, None if nothing is."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "is no valid address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "should begin with https:// and name a host"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "should be an address alone, without user, password, ? or #"
    return None


def _is_set(service: KmsSettings, name: str) -> bool:
    field = name.replace("-", "_")
    value: object = getattr(service, field)
    return bool(value) and value != getattr(_DEFAULTS, field)


_DEFAULTS: Final = KmsSettings()
