"""The encryption endpoints of a server without a key, which is all there is yet.

They answer as the original does without `encrypt.key` and `encrypt.key-store`.
"""

from configserver.errors import ConfigError, InvalidRequest
from configserver.query import Query
from configserver.web.answer import Answer
from configserver.web.negotiation import JSON
from configserver.web.routes import Variables


class NoKey(ConfigError):
    """A text to encrypt or decrypt while no key is installed."""


def answer_key(variables: Variables) -> Answer:
    """Answer C1.

    Raises:
        InvalidRequest: the names in the path are refused, as 5.0.3 does first.
    """
    _check(variables)
    body = b'{"description":"No public key available","status":"NOT_FOUND"}'
    return Answer(404, JSON, body)


def answer_encryption(variables: Variables, *, has_text: bool) -> Answer:
    """Answer C2 to C4.

    Raises:
        InvalidRequest: the names in the path are refused, or there is no text to work on.
        NoKey: otherwise.
    """
    _check(variables)
    if not has_text:
        raise InvalidRequest("the body is empty or has no Content-Type")
    raise NoKey("no key was installed for encryption", hint="this server has no encryption yet")


def _check(variables: Variables) -> None:
    if variables:
        Query.parse(variables["name"], variables["profiles"], "")
