"""Keys wrapped by the transit engine of HashiCorp's Vault, or of OpenBao."""

import asyncio
import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from configserver.kms import Refused, Unreachable
from configserver.kms.vault_api import Answered, VaultApi, connected
from configserver.secret import Secret

_MAX_FILE: Final = 64 * 1024
_TOKEN: Final = re.compile(r"[\x21-\x7e]+")


class Login(Protocol):
    """A way to a token."""

    async def token(self, api: VaultApi) -> str:
        """Return a token.

        Raises:
            Trouble: there is none.
        """


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token from the settings, or from a file that another program keeps up to date."""

    secret: Secret | None = None
    file: str | None = None

    async def token(self, api: VaultApi) -> str:
        """See Login."""
        del api
        return _checked(await _secret(self.secret, self.file, "token-file"))


@dataclass(frozen=True, slots=True)
class AppRole:
    """A role and its secret; the secret may be left out if the role needs none."""

    role_id: str
    secret: Secret | None = None
    file: str | None = None
    mount: str = "approle"

    async def token(self, api: VaultApi) -> str:
        """See Login."""
        body = {"role_id": self.role_id}
        if self.secret or self.file:
            body["secret_id"] = await _secret(self.secret, self.file, "secret-id-file")
        hint = "check role-id, and whether secret-id is right and not used up"
        return await _logged_in(api, self.mount, body, hint)


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The service account of a pod."""

    role: str
    file: str
    mount: str = "kubernetes"

    async def token(self, api: VaultApi) -> str:
        """See Login."""
        body = {"role": self.role, "jwt": await _secret(None, self.file, "jwt-file")}
        hint = "check role, and that it is bound to this pod's service account and namespace"
        return await _logged_in(api, self.mount, body, hint)


@dataclass(frozen=True, slots=True)
class Vault:
    """A key of a transit engine.

    Attributes:
        uri: address of the server.
        key: name of the key.
        login: the way to a token; each use takes it anew.
        mount: path of the engine.
        namespace: of engine and login, None for the root.
        ca_file: PEM file of CAs to trust besides the system's.
        timeout: seconds for all requests of a call.
    """

    uri: str
    key: str
    login: Login
    mount: str = "transit"
    namespace: str | None = None
    ca_file: str | None = None
    timeout: float = 5

    async def unwrap(self, wrapped: str) -> bytes:
        """See KeyService."""
        answer = await self._ask("decrypt", {"ciphertext": wrapped.strip()})
        try:
            return b64decode(_text(answer, "plaintext"), validate=True)
        except Error:
            raise _unexpected() from None

    async def wrap(self, plain: bytes) -> str:
        """See KeyService."""
        answer = await self._ask("encrypt", {"plaintext": b64encode(plain).decode()})
        return _text(answer, "ciphertext")

    async def _ask(self, verb: str, body: Mapping[str, str]) -> Mapping[str, Any]:
        """Log in and have the engine do something.

        Raises:
            Trouble: it is not done, or not within the time limit.
        """
        try:
            async with (
                asyncio.timeout(self.timeout),
                connected(self.uri, namespace=self.namespace, ca_file=self.ca_file) as api,
            ):
                token = await self.login.token(api)
                return await api.post((self.mount, verb, self.key), body, token=token)
        except TimeoutError:
            reason = f"Vault did not answer within {self.timeout:g} seconds"
            raise Unreachable(reason, "check uri and the network, or raise timeout") from None
        except Answered as answer:
            raise answer.trouble(f"Vault does not {verb}", self._hints(verb)) from None

    def _hints(self, verb: str) -> Mapping[int, str]:
        place = f"{self.mount}/{verb}/{self.key}"
        return {
            400: f"check that {self.mount}/{self.key} is the key that wrapped it, "
            "and that the wrapped key is whole",
            403: f"renew the token, or allow it 'update' on {place} in its policy",
            404: f"check mount ({self.mount}), namespace, and that the engine is enabled",
        }


async def _logged_in(api: VaultApi, mount: str, body: Mapping[str, str], hint: str) -> str:
    try:
        answer = await api.post(("auth", mount, "login"), body)
    except Answered as refused:
        missing = f"check auth-mount ({mount}) and namespace"
        hints = {400: hint, 403: hint, 404: missing}
        raise refused.trouble("the login to Vault failed", hints) from None
    return _checked(_text({"data": answer.get("auth")}, "client_token"))


async def _secret(given: Secret | None, file: str | None, setting: str) -> str:
    """Return a secret, from its file if it has one.

    Raises:
        Refused: the file cannot be read, or is empty.
    """
    if file is None:
        return given.reveal() if given else ""
    try:
        text = (await asyncio.to_thread(_read, file)).decode().strip()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Refused(f"{setting} cannot be read: {why}", f"look at {file}") from None
    except ValueError:
        raise Refused(f"{setting} is no text", f"look at {file}") from None
    if not text:
        raise Refused(f"{setting} is empty", f"look at {file}")
    return text


def _read(file: str) -> bytes:
    with Path(file).open("rb") as opened:
        return opened.read(_MAX_FILE)


def _checked(token: str) -> str:
    """Return a token that can stand in a header.

    Raises:
        Refused: it cannot.
    """
    if not _TOKEN.fullmatch(token):
        raise Refused("the token is no token of Vault", "check token, token-file or VAULT_TOKEN")
    return token


def _text(answer: Mapping[str, Any], name: str) -> str:
    data = answer.get("data")
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, str) or not found:
        raise _unexpected()
    return found


def _unexpected() -> Unreachable:
    return Unreachable(
        "Vault's answer is not what it should be", "is the address that of Vault itself?"
    )
