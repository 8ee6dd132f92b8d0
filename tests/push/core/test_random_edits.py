"""Whatever is committed: what is told is what comparing all answers would tell."""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from configserver.backends.looking import without_looking
from configserver.decryption import Decryption
from configserver.encryption import Cipher
from configserver.errors import ConfigError, NoSuchApplication, NoSuchLabel
from configserver.model import PropertySource
from configserver.push.comparison.effective import as_boot_orders
from configserver.query import Query
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.serving import ServingSettings
from tests.backends.conftest import GitRepository
from tests.push.core.world import World, world

QUERIES = [
    Query(name, profiles, label)
    for name in ("shop", "shop-web", "mail,shop", "ghost", "wraith", "shade,wraith", "team-a")
    for profiles in ("dev", "dev,eu")
    for label in (None, "side", "v1")
]
"""Some whose files come and go, and some that share what everybody gets."""

LINES = st.sampled_from(
    (
        "a: 1",
        "a: 2",
        "a: '2'",
        "b: 1",
        "list: [x, y]",
        "list: [x]",
        "# a comment",
        "spring.config.import: 'optional:more.yml'",
        "Spring.Config.import: 'optional:folder/'",
        "spring.profiles.include: extra",
        "spring.profiles.group.dev: [extra, eu]",
        "spring.config.import: 'optional:${spring.config.name}.yml'",
        "n: '{cipher}0a'",
        "p: ${a:x}",
        "---\nspring.config.activate.on-profile: eu\nc: 1",
        "---\nspring.config.activate.on-profile: '!eu'\nc: 2",
        "bad: [",
    )
)
FILES = st.sampled_from(
    (
        *("application.yml", "shop.yml", "shop-dev.yml", "shop-web.yml", "mail-eu.yml"),
        *("shop-extra.yml", "more.yml", "folder/application.yml", "folder/shop.yml"),
        *("shop/application.yml", "apps/x/shop.yml", "README.md", "real/target.txt"),
        *("application.yml", "ghost-extra.yml", "wraith/application.yml", "application-eu.yml"),
    )
)
Answer: TypeAlias = dict[str, str] | str | None
CONTENT = st.lists(LINES, min_size=1, max_size=3, unique_by=lambda line: line[:1]).map("\n".join)
LINKS = st.sampled_from((Path("real/target.txt"), Path("more.yml"), Path("gone")))
EDITS = st.dictionaries(FILES, st.one_of(CONTENT, CONTENT, CONTENT, LINKS), max_size=3)
STEPS = st.lists(
    st.tuples(st.sampled_from(("main", "main", "team", "side", "tag", "delete", "back")), EDITS),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to make it smaller takes minutes
)
@example(
    {}, [("side", {"application.yml": "b: 1", "shop-dev.yml": "b: 2"})]
)  # hidden by the overrides, but for clients of Boot
@given(EDITS, STEPS)
def test_the_refresher_tells_what_a_comparison_of_all_answers_tells(
    first: Mapping[str, str | Path], steps: list[tuple[str, Mapping[str, str | Path]]]
) -> None:
    """Nothing is left out to be quick, and nothing is told that did not change.

    A server that was just started answers the same as the one that has seen all of it.
    """
    asyncio.run(_follow(first, steps))


class KeysByName:
    """Keys of each application's own: one cipher has another text for each of them."""

    epoch = 0

    def locate(self, _: object, *, application: str | None = None) -> Cipher:
        return KeyOf(application or "")


@dataclass(frozen=True)
class KeyOf:
    """The key of an application."""

    application: str
    can_decrypt = True
    public_key = None

    def encrypt(self, text: str) -> str:
        return text

    def decrypt(self, text: str) -> str:
        return f"{text} of {self.application}"


async def _follow(
    first: Mapping[str, str | Path], steps: list[tuple[str, Mapping[str, str | Path]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository, team = (GitRepository(Path(folder) / name) for name in ("config", "team"))
        for each in (repository, team):
            each.commit({"shop.yml": "a: 0\n", **first})
            each.git("branch", "side")
            each.git("tag", "v1")
        git = GitSettings(
            uri=repository.path.as_uri(),
            search_paths=("{application}", "apps/*"),
            repos={"team": NestedGitSettings(pattern=("team*",), uri=team.path.as_uri())},
        )
        served_as = Settings(
            git=git, serving=ServingSettings(accept_empty=False, overrides={"b": "9"})
        )
        async with world(served_as, decryption=Decryption(KeysByName())) as served:
            last = {query: await _answer(served, query) for query in QUERIES}
            known = [query for query in QUERIES if isinstance(last[query], dict)]
            await served.asks(*known)
            for kind, edits in steps:
                where = team if kind == "team" else repository
                await asyncio.to_thread(_apply, where, kind, edits)
                told = {change.query: change.keys for change in await served.look()}
                assert told == await _naive(served, known, last)
            now = {query: await _answer(served, query) for query in QUERIES}
        async with world(served_as, decryption=Decryption(KeysByName())) as another:
            for query in reversed(QUERIES):
                assert await _answer(another, query) == now[query]


async def _naive(
    served: World, known: list[Query], last: dict[Query, Answer]
) -> dict[Query, tuple[str, ...]]:
    """Answer everything, and compare it with the last answer that was no failure."""
    changes: dict[Query, tuple[str, ...]] = {}
    for query in known:
        now, before = await _answer(served, query), last[query]
        if now is None or now == before:
            continue
        old, new = ({} if one == "absent" else one for one in (before, now))
        assert isinstance(old, dict)
        assert isinstance(new, dict)
        keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        changes[query] = tuple(keys)
        last[query] = now
    return changes


async def _answer(served: World, query: Query) -> Answer:
    """Return each key with its JSON, `absent`, or None for a failure.

    A key has the value that wins for the server, and the one that wins for a client of Boot, which
    puts overrides below what belongs to a profile.
    """
    try:
        with without_looking():
            await served.answering.look(query)
            found = await served.service.environment(query)
    except (NoSuchApplication, NoSuchLabel):
        return "absent"
    except ConfigError:
        return None
    served_as, held_as = map(_winning, (found.sources, as_boot_orders(found)))
    return {key: f"{value}, {held_as[key]}" for key, value in served_as.items()}


def _winning(sources: Sequence[PropertySource]) -> dict[str, str]:
    values: dict[str, str] = {}
    for source in sources:
        for key, value in source.properties.items():
            values.setdefault(key, json.dumps(value))
    return values


def _apply(repository: GitRepository, kind: str, edits: Mapping[str, str | Path]) -> None:
    """Do one of the things that people do to a repository."""
    branch = "side" if kind == "side" else "main"
    repository.git("checkout", "-q", branch)
    if kind == "delete":
        files = repository.git("ls-files").splitlines()
        for name in [name for name in files if name in edits]:
            repository.git("rm", "-q", "--", name)
    if kind == "back" and repository.git("rev-list", "--count", "main") != "1":
        repository.git("reset", "-q", "--hard", "HEAD~1")
        return
    repository.commit({} if kind == "delete" else edits)
    if kind == "tag":
        repository.git("tag", "-f", "v1")
