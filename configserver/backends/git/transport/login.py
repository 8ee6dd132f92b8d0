"""What a Git host is sent to know us."""

from dataclasses import dataclass

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.transport.pools import basic
from configserver.secret import Secret


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials for HTTP.

    Attributes:
        username: of basic authentication; None for a bearer token.
        secret: the password or the token.
    """

    username: str | None
    secret: Secret

    def header(self) -> str:
        """Return the value of the header Authorization.

        Raises:
            Unreachable: a bearer token that no header can hold.
        """
        text = self.secret.reveal()
        if self.username is not None:
            return basic(self.username, text)
        if not (text.isascii() and text.isprintable()):
            raise Unreachable(
                "the bearer token holds characters that no header may hold",
                fault=Fault.CREDENTIALS,
            )
        return f"Bearer {text}"
