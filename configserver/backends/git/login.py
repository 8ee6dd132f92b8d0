"""What a Git host is sent to know us."""

from dataclasses import dataclass

from configserver.backends.git.pools import basic
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
        """Return the value of the header Authorization."""
        if self.username is None:
            return f"Bearer {self.secret.reveal()}"
        return basic(self.username, self.secret.reveal())
