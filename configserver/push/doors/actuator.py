"""`POST /actuator/refresh` of each Spring Boot instance that a change concerns."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from configserver.backends.patterns import matches
from configserver.push import EVERYBODY, DeliveryFailed, Refresh
from configserver.push.claims.keys import Party
from configserver.push.doors.http import Poster, origin
from configserver.query import Query
from configserver.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance that the operator names.

    Attributes:
        name: what the operator calls it.
        url: of its refresh endpoint.
        application: pattern of what it runs as.
        profiles: patterns, one of which fits one of its profiles; empty for any.
        label: what it asks for; None for any.
        username: for HTTP basic authentication.
        password: for HTTP basic authentication.
        headers: sent with each request.
    """

    name: str
    url: str
    application: str = "*"
    profiles: tuple[str, ...] = ()
    label: str | None = None
    username: str | None = None
    password: Secret | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict)


class InstanceDoor:
    """The door of an instance; it always reads its whole configuration anew.

    Args:
        instance: where it is, and what it runs.
        poster: sends; opened and closed by its owner.
    """

    def __init__(self, instance: Instance, poster: Poster) -> None:
        self._instance = instance
        self._poster = poster

    @property
    def name(self) -> str:
        """See Door."""
        return f"instance {self._instance.name} ({origin(self._instance.url)})"

    @property
    def party(self) -> Party:
        """See PartyDoor."""
        return Party(f"instance {self._instance.name} {self._instance.url}")

    def narrowed(self, refresh: Refresh) -> Refresh | None:
        """Return the refresh if it concerns the instance."""
        if any(self._has(change.query) for change in refresh.changes):
            return refresh
        return refresh if self._is_named(refresh.applications) else None

    async def deliver(self, refresh: Refresh) -> None:  # noqa: ARG002 - it reads everything anew
        """Let the instance refresh itself.

        Raises:
            DeliveryFailed: it does not answer 2xx.
        """
        await post_refresh(self._poster, self._instance.url, self._headers())

    def _has(self, query: Query) -> bool:
        instance = self._instance
        profiles = instance.profiles
        return (
            any(matches(instance.application, name) for name in query.applications)
            and (not profiles or _any_matches(profiles, query.profile_names))
            and (instance.label is None or instance.label == query.label)
        )

    def _is_named(self, applications: Iterable[str]) -> bool:
        pattern = self._instance.application
        return any(name == EVERYBODY or matches(pattern, name) for name in applications)

    def _headers(self) -> dict[str, str]:
        instance = self._instance
        headers = {name: value.reveal() for name, value in instance.headers.items()}
        if instance.username is not None:
            password = instance.password.reveal() if instance.password else ""
            login = b64encode(f"{instance.username}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {login}"
        return headers


async def post_refresh(poster: Poster, url: str, headers: Mapping[str, str]) -> None:
    """Let an instance refresh itself; it answers with the names of the keys that changed.

    Raises:
        DeliveryFailed: it does not answer 2xx.
    """
    status = await poster.post(url, headers={"Accept": "application/json", **headers})
    if status == 410:
        raise DeliveryFailed("answers 410", hint="check the path of its url")


def _any_matches(patterns: Iterable[str], texts: Iterable[str]) -> bool:
    return any(matches(pattern, text) for pattern in patterns for text in texts)
