"""Every error that a user may see, with the HTTP status it answers with.

ConfigError
├── InvalidRequest            400  a name, profile, label, path or parameter that is refused
│   ├── InvalidKey            400  a flat key that cannot be nested
│   └── CircularPlaceholder   400  ${a} needs itself (500 where a plain file holds it)
├── NotFound                  404
│   ├── NoSuchLabel           404  neither branch, tag nor commit
│   ├── NoSuchRepository      404  the remote was never reached
│   ├── NoSuchFile            404  a plain file that is not there
│   └── NoSuchApplication     404  nothing found, and `accept-empty` is off
├── InvalidFile               500  a served file that does not parse or holds what may not be there
├── Unrenderable              500  an environment that the asked format cannot express
├── BackendFailure            500  the repository cannot be read
│   └── Unavailable           503  a repository that cannot be served now, or only too old
├── KeyUnavailable            503  a key that a key management service has not unwrapped yet
└── SettingsError             exit code 2, with file, line and key
"""

from typing import Self


class ConfigError(Exception):
    """A failure with a reason that may be shown to the client.

    Attributes:
        status: HTTP status of the answer.
        retry_after: seconds after which another try makes sense, None if nobody knows.
        reason: what went wrong, one sentence without any configured value.
        hint: what to do about it, or an empty text.
        repository: masked URI of the repository concerned.
        version: commit id concerned.
        path: file within the repository.
        line: 1-based line in that file.
        column: 1-based column in that line.
    """

    status = 500
    retry_after: int | None = None

    def __init__(  # noqa: PLR0913 - the places where something can go wrong
        self,
        reason: str,
        *,
        hint: str = "",
        repository: str | None = None,
        version: str | None = None,
        path: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.repository = repository
        self.version = version
        self.path = path
        self.line = line
        self.column = column

    def at(
        self,
        *,
        repository: str | None = None,
        version: str | None = None,
        path: str | None = None,
    ) -> Self:
        """Return this error with the places filled in that it did not know yet."""
        return type(self)(
            self.reason,
            hint=self.hint,
            repository=self.repository or repository,
            version=self.version or version,
            path=self.path or path,
            line=self.line,
            column=self.column,
        )

    def __str__(self) -> str:
        """Say where and why, as compilers do: `path:line:column: reason`."""
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return f"{place}: {self.reason}" if place else self.reason


class InvalidRequest(ConfigError):
    """A name, profile, label, path or parameter that is refused."""

    status = 400


class InvalidKey(InvalidRequest):
    """A flat key that cannot be nested, such as `a..b` or `[0]`."""


class CircularPlaceholder(InvalidRequest):
    """A placeholder that needs itself."""


class NotFound(ConfigError):
    """What was asked for is not there."""

    status = 404


class NoSuchLabel(NotFound):
    """A label that is neither a branch nor a tag nor a commit."""


class NoSuchRepository(NotFound):
    """A remote repository that was never reached."""


class NoSuchFile(NotFound):
    """A plain file that is not there, or that is nobody's business."""


class NoSuchApplication(NotFound):
    """An application without any property source while `accept-empty` is off."""


class InvalidFile(ConfigError):
    """A served file that does not parse, or that holds what may not stand there."""


class Unrenderable(ConfigError):
    """An environment that the asked format cannot express."""


class BackendFailure(ConfigError):
    """A repository that cannot be read."""


class Unavailable(BackendFailure):
    """A repository that cannot be served at the moment, or only in a state that is too old."""

    status = 503


class KeyUnavailable(ConfigError):
    """A key that is not there yet, because a key management service has not unwrapped it."""

    status = 503


class SettingsError(ConfigError):
    """A setting that is refused; `path` is the settings file, the reason names the key."""
