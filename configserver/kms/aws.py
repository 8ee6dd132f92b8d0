"""Keys wrapped by AWS KMS. Needs the extra `aws`; only imported where it is used."""

import asyncio
import logging
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiobotocore.config import AioConfig  # type: ignore[import-untyped]
from aiobotocore.session import AioSession  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    HTTPClientError,
    SSLError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.loaders import create_loader  # type: ignore[import-untyped]

from configserver.kms import Refused, Trouble, Unreachable, said
from configserver.secret import Secret

_DESCRIPTIONS: Final = create_loader()
"""What the SDK knows of services; it parses megabytes of it for each session without this."""

_GRACE: Final = 1.0
"""Seconds after its time limit that a call has to come back."""

_PASSING: Final = frozenset(
    {
        *("DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException"),
        *("ThrottlingException", "RequestLimitExceeded", "InternalFailure", "ServiceUnavailable"),
    }
)

_HINTS: Final[Mapping[str, str]] = {
    "AccessDeniedException": "allow {action} on the key, in the key's policy or that of the role",
    "DisabledException": "enable the key of KMS again",
    "KMSInvalidStateException": "the key of KMS is being deleted or not ready: look at its state",
    "NotFoundException": "check key-id, region and account",
    "InvalidCiphertextException": "check that the wrapped key is whole, and encryption-context",
    "IncorrectKeyException": "key-id is not the key that wrapped it",
    "ExpiredTokenException": "renew the session token",
    "UnrecognizedClientException": "check the access key",
    "InvalidSignatureException": "check the secret of the access key, and the clock",
    "SignatureDoesNotMatch": "check the secret of the access key, and the clock",
}

# At its lowest level the SDK logs requests and answers, and with them the keys.
logging.getLogger("botocore").setLevel(logging.INFO)
logging.getLogger("aiobotocore").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; without one the SDK looks where it always does."""

    key_id: str
    secret: Secret
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class AwsKms:
    """A key of KMS.

    Attributes:
        key_id: id, ARN or alias; needed to wrap. If set, only what it wrapped is unwrapped.
        region: None for that of the SDK.
        endpoint: address, None for that of the region.
        context: names and values that what is wrapped is bound to.
        profile: of `~/.aws`.
        credentials: None for those that the SDK finds.
        ca_file: PEM file of the CAs to trust, None for those of the SDK.
        timeout: seconds for a call, with all that finds credentials.
    """

    key_id: str | None = None
    region: str | None = None
    endpoint: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    credentials: Credentials | None = None
    ca_file: str | None = None
    timeout: float = 5

    async def unwrap(self, wrapped: str) -> bytes:
        """See KeyService."""
        try:
            blob = b64decode("".join(wrapped.split()), validate=True)
        except (Error, ValueError):
            reason = "the wrapped key is no Base64"
            raise Refused(reason, "give the CiphertextBlob as the AWS CLI prints it") from None
        named = {"KeyId": self.key_id} if self.key_id else {}
        answer = await self._ask("decrypt", CiphertextBlob=blob, **named)
        return _bytes(answer, "Plaintext")

    async def wrap(self, plain: bytes) -> str:
        """See KeyService."""
        if not self.key_id:
            raise Refused("no key of KMS is named", "set key-id")
        answer = await self._ask("encrypt", Plaintext=plain, KeyId=self.key_id)
        return b64encode(_bytes(answer, "CiphertextBlob")).decode()

    async def _ask(self, action: str, **arguments: object) -> Mapping[str, Any]:
        """Call an action of KMS.

        The SDK reads files while it looks for credentials, so it gets a thread and a loop. Those
        end themselves in time, unless they wait for the name of a host.
        """
        try:
            async with asyncio.timeout(self.timeout + _GRACE):
                return await asyncio.to_thread(asyncio.run, self._call(action, arguments))
        except TimeoutError:
            raise self._silent() from None

    async def _call(self, action: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        bound = {"EncryptionContext": dict(self.context)} if self.context else {}
        if self.ca_file:
            _check(self.ca_file)
        try:
            async with asyncio.timeout(self.timeout), self._client() as client:
                answer: Mapping[str, Any] = await getattr(client, action)(**arguments, **bound)
        except TimeoutError:
            raise self._silent() from None
        except ClientError as error:
            raise _refusal(error, action) from None
        except (BotoCoreError, OSError) as error:
            raise _failure(error) from None
        except Exception:  # noqa: BLE001 - the SDK's parsers fail in many ways on a bad answer
            raise _unexpected() from None
        return answer

    def _silent(self) -> Unreachable:
        reason = f"AWS KMS did not answer within {self.timeout:g} seconds"
        return Unreachable(reason, "check region, endpoint and network")

    def _client(self) -> Any:
        given = self.credentials
        session = AioSession(profile=self.profile)
        session.register_component("data_loader", _DESCRIPTIONS)
        return session.create_client(
            "kms",
            region_name=self.region,
            endpoint_url=self.endpoint,
            verify=self.ca_file,
            aws_access_key_id=given and given.key_id,
            aws_secret_access_key=given and given.secret.reveal(),
            aws_session_token=given.token.reveal() if given and given.token else None,
            config=AioConfig(
                connect_timeout=self.timeout,
                read_timeout=self.timeout,
                retries={"total_max_attempts": 1},
            ),
        )


def _check(ca_file: str) -> None:
    """Look whether the file of CAs is there; of that the SDK says no more than that it failed."""
    if not Path(ca_file).is_file():
        raise Refused("ca-file cannot be used: there is no such file", f"look at {ca_file}")


def _bytes(answer: Mapping[str, Any], name: str) -> bytes:
    found = answer.get(name)
    if not isinstance(found, bytes) or not found:
        raise _unexpected()
    return found


def _unexpected() -> Unreachable:
    return Unreachable("the answer is not one of AWS KMS", "check endpoint")


def _refusal(error: Any, action: str) -> Trouble:
    """Return what an error of KMS means; it is named by its code, as its text may hold anything."""
    code = said(str(error.response.get("Error", {}).get("Code", "")))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    reason = f"AWS KMS does not {action}: {status} {code}".rstrip()
    if code in _PASSING or (status >= 500 and code not in _HINTS):
        return Unreachable(reason, "look at the state of AWS KMS in this region")
    hint = _HINTS.get(code, "look the error up in the documentation of AWS KMS")
    return Refused(reason, hint.format(action=f"kms:{action.capitalize()}"))


def _failure(error: Exception) -> Trouble:
    name = type(error).__name__
    if isinstance(error, SSLError):
        return Unreachable("the certificate of AWS KMS is not trusted", "set ca-file")
    if isinstance(error, (HTTPClientError, NoConnection, OSError)):
        return Unreachable(f"AWS KMS cannot be reached: {name}", "check region and network")
    hints = {
        "NoCredentialsError": "set access-key-id, AWS_ACCESS_KEY_ID, a profile or a role",
        "PartialCredentialsError": "set access key and secret together",
        "ProfileNotFound": "check profile, and ~/.aws of the user who runs the server",
        "NoRegionError": "set region, or AWS_REGION",
    }
    hint = hints.get(name, "check the settings of this service")
    return Refused(f"AWS KMS cannot be asked: {name}", hint)
