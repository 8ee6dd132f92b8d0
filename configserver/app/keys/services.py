"""From the settings of a key management service to what asks it."""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from configserver.errors import SettingsError
from configserver.kms import KeyService
from configserver.kms.vault import AppRole, GivenToken, Kubernetes, Login, Vault
from configserver.secret import Secret
from configserver.settings.kms import PREFIX, KmsSettings, address_problem

EXTRA: Final = "pip install 'configserver[aws]'"


def key_service(
    name: str, settings: KmsSettings, environ: Mapping[str, str] = os.environ
) -> KeyService:
    """Return what asks a service.

    Args:
        name: of the service.
        settings: of the service, checked.
        environ: what Vault's own variables are taken from.

    Raises:
        SettingsError: a setting is missing, or a package.
    """
    if settings.type == "aws":
        return _aws(name, settings)
    return _vault(f"{PREFIX}.{name}", settings, environ)


def service_notes(name: str, service: KeyService) -> tuple[tuple[str, str], ...]:
    """Return what the operator should know about a service: a setting, and why."""
    address = urlsplit(service.uri if isinstance(service, Vault) else "")
    if address.scheme != "http" or _is_loopback(address.hostname or ""):
        return ()
    reason = "has no TLS: whoever reads along on the network gets the token and the keys"
    return ((f"{PREFIX}.{name}.uri", reason),)


def _vault(prefix: str, settings: KmsSettings, environ: Mapping[str, str]) -> Vault:
    uri = settings.uri or environ.get("VAULT_ADDR", "")
    if not uri:
        raise SettingsError(f"{prefix}.uri is not set, and VAULT_ADDR is not either")
    if reason := address_problem(uri):
        raise SettingsError(f"{prefix}.uri, taken from VAULT_ADDR, {reason}")
    return Vault(
        uri=uri,
        key=settings.key or "",
        login=_login(prefix, settings, environ),
        mount=settings.mount.strip("/"),
        namespace=settings.namespace or environ.get("VAULT_NAMESPACE"),
        ca_file=settings.ca_file or environ.get("VAULT_CACERT"),
        timeout=settings.timeout,
    )


def _login(prefix: str, settings: KmsSettings, environ: Mapping[str, str]) -> Login:
    mount = (settings.auth_mount or "").strip("/")
    if settings.role_id:
        secret, file = settings.secret_id, settings.secret_id_file
        return AppRole(settings.role_id, secret, file, mount or "approle")
    if settings.role:
        return Kubernetes(settings.role, settings.jwt_file, mount or "kubernetes")
    if settings.token or settings.token_file:
        return GivenToken(settings.token, settings.token_file)
    if token := environ.get("VAULT_TOKEN"):
        return GivenToken(Secret(token))
    raise SettingsError(
        f"{prefix} says no way to log in",
        hint="set token-file, role-id and secret-id, role, or VAULT_TOKEN",
    )


def _aws(name: str, settings: KmsSettings) -> KeyService:
    try:
        # The SDK takes longer to import than the whole server, and is not always there.
        from configserver.kms.aws import AwsKms, Credentials  # noqa: PLC0415
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise SettingsError(
            f"{PREFIX}.{name}.type is 'aws', but the package {package} is not installed",
            hint=EXTRA,
        ) from None
    given = None
    if settings.access_key_id and settings.secret_access_key:
        secret, token = settings.secret_access_key, settings.session_token
        given = Credentials(settings.access_key_id, secret, token)
    return AwsKms(
        key_id=settings.key_id,
        region=settings.region,
        endpoint=settings.endpoint,
        context=settings.encryption_context,
        profile=settings.profile,
        credentials=given,
        ca_file=settings.ca_file,
        timeout=settings.timeout,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
