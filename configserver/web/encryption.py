"""The encryption endpoints: `/encrypt`, `/decrypt`, `/key` and `/encrypt/status`."""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Protocol

from aiohttp import web

from configserver.encryption import Cipher, Locator, NoSuchKey, Undecryptable, WrongSecret
from configserver.encryption.markers import add_prefix, encryptor_keys, strip_prefix
from configserver.errors import ConfigError
from configserver.query import Query, refuse_location
from configserver.web import logs
from configserver.web.answer import Answer
from configserver.web.bodies import read_text
from configserver.web.charsets import encode
from configserver.web.errors import NotAcceptable, TooManyTexts
from configserver.web.forms import cipher_without_form, without_form
from configserver.web.limit import Bucket
from configserver.web.negotiation import (
    JSON,
    Accept,
    MediaRange,
    environment_type,
    text_type,
)
from configserver.web.options import EncryptionOptions
from configserver.web.refusals import NoKey, Refused, SwitchedOff
from configserver.web.routes import Kind, Variables


class Keys(Locator, Protocol):
    """The keys of a server."""

    def name_for(self, application: str) -> str | None:
        """Return the name of the key that new texts of an application are made with, if any."""


class Endpoints:
    """Answers the encryption endpoints.

    Args:
        keys: None if there are none.
        options: settings.
        clock: seconds, for the rate.
    """

    def __init__(
        self,
        keys: Keys | None,
        options: EncryptionOptions,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._keys = keys
        self._options = options
        self._bucket = Bucket(options.rate, clock)

    async def answer(
        self, request: web.BaseRequest, kind: Kind, variables: Variables, accept: Accept
    ) -> Answer:
        """Answer a request.

        Raises:
            ConfigError: what went wrong.
        """
        try:
            if kind is Kind.KEY:
                return await self._key(variables, accept)
            if kind is Kind.ENCRYPTION_STATUS:
                return await self._status(accept)
            return await self._audited(request, kind, variables, accept)
        except Refused as refused:
            return refused.answer(accept)

    async def _key(self, variables: Variables, accept: Accept) -> Answer:
        application, profiles = self._names(variables)
        prefixes = encryptor_keys(application, profiles, "")
        cipher = await self._located(prefixes, application) if self._keys else None
        if cipher is None or cipher.public_key is None:
            raise Refused(404, "NOT_FOUND", "No public key available")
        _check(variables)
        return _text(f"{cipher.public_key} application", accept)

    async def _status(self, accept: Accept) -> Answer:
        application, profiles = self._names({})
        await self._located(encryptor_keys(application, profiles, ""), application)
        return Answer(200, environment_type(accept) or JSON, b'{"status":"OK"}')

    async def _audited(
        self, request: web.BaseRequest, kind: Kind, variables: Variables, accept: Accept
    ) -> Answer:
        """Answer a text, and log who asked and how it went."""
        application, profiles = self._names(variables)
        outcome = "failed"
        try:
            _check(variables)
            if kind is Kind.DECRYPT and not self._options.decrypts:
                raise SwitchedOff("decryption is switched off", hint="decrypt with the key at hand")
            if not self._bucket.take():
                raise TooManyTexts(f"more than {self._options.rate} texts in a second")
            text, media = await read_text(request)
            work = self._decrypted if kind is Kind.DECRYPT else self._encrypted
            answer = _text(await work(application, profiles, text, media), accept)
        except (ConfigError, Refused) as error:
            outcome = error.word if isinstance(error, Refused) else type(error).__name__
            raise
        else:
            outcome = "OK"
            return answer
        finally:
            logs.log_audit(kind.value, application, profiles, outcome, client=request.remote)

    async def _encrypted(
        self, application: str, profiles: str, text: str, media: MediaRange
    ) -> str:
        text = without_form(text, media)
        prefixes = encryptor_keys(application, profiles, text)
        name = self._installed().name_for(application)
        if name is not None:
            prefixes = {"key": name, **prefixes}
        cipher = await self._located(prefixes, application)
        try:
            made = await asyncio.to_thread(cipher.encrypt, strip_prefix(text))
        except NoSuchKey as error:
            raise NoKey(str(error), hint="name none, or one that is not retired") from None
        return add_prefix(prefixes, made)

    async def _decrypted(
        self, application: str, profiles: str, text: str, media: MediaRange
    ) -> str:
        """Return the plain text; whatever is wrong with a cipher, the answer is the same."""
        keys = self._installed()

        def work() -> str:
            prefixes = encryptor_keys(application, profiles, text)
            cipher = keys.locate(prefixes, application=application)
            if not cipher.can_decrypt:
                raise NoSuchKey
            return cipher.decrypt(cipher_without_form(strip_prefix(text), media))

        try:
            return await asyncio.to_thread(work)
        except (Undecryptable, WrongSecret):
            raise Refused(400, "INVALID", "Text not encrypted with this key") from None
        except NoSuchKey:
            reason = "Server-side decryption is not supported"
            raise Refused(400, "BAD_REQUEST", reason) from None

    async def _located(self, prefixes: Mapping[str, str], application: str) -> Cipher:
        """Return the key for the prefixes of a text.

        Raises:
            NoKey: there is none.
        """
        keys = self._installed()
        try:
            return await asyncio.to_thread(keys.locate, prefixes, application=application)
        except NoSuchKey:
            raise NoKey(
                "there is no such key, or its secret is another one",
                hint="check {key:…} and {secret:…} of the text, or encrypt.key-store.alias",
            ) from None

    def _installed(self) -> Keys:
        if self._keys is None:
            raise NoKey(
                "no key was installed for encryption",
                hint="set encrypt.key or encrypt.key-store.location on the server",
            )
        return self._keys

    def _names(self, variables: Variables) -> tuple[str, str]:
        options = self._options
        application = variables.get("name", options.application)
        return application, variables.get("profiles", options.profile)


def _check(variables: Variables) -> None:
    """Refuse what later versions refuse; a profile may be any text here.

    Raises:
        InvalidRequest: names with `..` and the like.
    """
    if variables:
        Query.parse(variables["name"], "default", "")
        refuse_location(variables["profiles"], "profile")


def _text(text: str, accept: Accept) -> Answer:
    """Return an answer of the type that the client wants most, as for plain files.

    Raises:
        NotAcceptable: the client takes no type of text.
    """
    wanted = text_type(accept)
    if wanted is None:
        raise NotAcceptable("text cannot be of any type that Accept names", types=("text/plain",))
    return Answer(200, wanted.text_header, encode(text, wanted.charset or "utf-8"))
