"""Why a text is not encrypted or decrypted; none of it tells more of a cipher than that."""

import json

from configserver.errors import ConfigError
from configserver.web.answer import Answer
from configserver.web.errors import NotAcceptable
from configserver.web.negotiation import JSON, Accept, json_type


class NoKey(ConfigError):
    """A text to encrypt or decrypt while no key is installed, or none that can be used."""


class SwitchedOff(ConfigError):
    """Decryption for clients, which the operator has switched off."""

    status = 404


class Refused(Exception):
    """A text that is refused in the original's own form: a description and a word."""

    def __init__(self, status: int, word: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.word = word
        self.description = description

    def answer(self, accept: Accept) -> Answer:
        """Return the answer.

        Raises:
            NotAcceptable: the client takes no JSON; the original answers 500 without body.
        """
        content_type = json_type(accept)
        if content_type is None:
            raise NotAcceptable("the answer is an error in JSON", types=(JSON,))
        body = {"description": self.description, "status": self.word}
        return Answer(self.status, content_type, json.dumps(body, separators=(",", ":")).encode())
