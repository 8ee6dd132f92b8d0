"""Random configuration repositories with the requests to send, reproducible by their seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.conformance.cases import Request
from tests.differential.conditions import PROFILES
from tests.differential.draw import Draw
from tests.differential.properties_text import properties_file, xml_file
from tests.differential.yaml_files import yaml_file

V2 = {"Accept": "application/vnd.spring-cloud.config-server.v2+json"}

SERVER = "search"
"""The set-up of the conformance suite on which repositories are served."""

_FOLDERS = ("shared", "team-a", "team-b", "foo", "bar", "dev", "nested/foo/dev")
_STEMS = ("application", "foo", "bar", "foo-bar", "extra")
_NAMES = (
    *("foo",) * 8,
    "bar",
    "foo,bar",
    "bar,foo",
    "foo,extra",
    "application",
    "foo-bar",
    "nosuch",
)
_PROFILES = ("dev", "dev", "dev", "prod", "dev,prod", "prod,dev,eu", "default", "dev,default", "eu")
_MUTATIONS = "\t{}[]:-#&*!|>'\"%@`\\ \x00\x7f"


@dataclass(frozen=True, slots=True)
class Repository:
    """Files by path and what to ask; in paths `{label}` is the branch."""

    files: Mapping[str, bytes]
    requests: tuple[Request, ...]


def repository(seed: int) -> Repository:
    """Return the repository of a seed."""
    draw = Draw.seeded(seed)
    name, profiles = draw.pick(_NAMES), draw.pick(_PROFILES)
    files = dict(_file(draw, name, profiles) for _ in range(draw.number(1, 4)))
    if "broken" in draw.features:
        victim = draw.pick(sorted(files))
        files[victim] = _broken(draw, files[victim])
    requests = _requests(draw, name, profiles)
    if draw.has("files", 0.8):
        files |= _plain_files(draw)
        requests = (*requests, _plain_request(draw, name, profiles))
    return Repository(files, requests)


def _file(draw: Draw, name: str, profiles: str) -> tuple[str, bytes]:
    """Return a file, mostly one that the requests will read."""
    folder = draw.pick(_FOLDERS) + "/" if draw.has("folders", 0.6) else ""
    variant = draw.chance(0.35)
    stem = draw.pick(["application", *name.split(",")] if draw.chance(0.9) else _STEMS)
    asked = draw.pick(profiles.split(",") if draw.chance(0.8) else PROFILES)
    profile = f"-{asked}" if variant else ""
    writers: tuple[tuple[str, Callable[[], str]], ...] = (
        (draw.pick(("yml", "yml", "yaml")), lambda: yaml_file(draw, variant=variant)),
        ("properties", lambda: properties_file(draw, variant=variant)),
        ("xml", lambda: xml_file(draw)),
    )
    ending, write = draw.source.choices(writers, (14, 5, 1))[0]
    return f"{folder}{stem}{profile}.{ending}", write().encode("utf-8", "surrogatepass")


def _requests(draw: Draw, name: str, profiles: str) -> tuple[Request, ...]:
    """Return one request for each format, all about the same environment."""
    label = "{label}" if draw.chance(0.93) else draw.pick(("{sha}", "{sha:10}", "{label},{sha}"))
    query = "?resolvePlaceholders=false" if draw.chance(0.15) else ""
    flat = f"/{label}/{name}-{profiles}"
    return (
        Request(f"/{name}/{profiles}/{label}"),
        Request(f"/{name}/{profiles}/{label}", headers=V2),
        Request(f"{flat}.{draw.pick(('yml', 'yml', 'yaml'))}{query}"),
        Request(f"{flat}.json{query}"),
        Request(f"{flat}.properties{query}"),
    )


def _plain_files(draw: Draw) -> Mapping[str, bytes]:
    contents = (
        "r1=${r1} missing=${missing:x} esc=\\${r1}\nport ${port}\n",
        "${items[0]} ${app.r1:${r2}} ${unclosed\n",
        "no placeholder é 日本\r\n",
        "",
    )
    paths = (
        "notes.txt",
        "notes-dev.txt",
        "shared/notes.txt",
        "conf/notes.txt",
        "conf/notes-prod.txt",
    )
    return {path: draw.pick(contents).encode() for path in draw.some(paths, 3)}


def _plain_request(draw: Draw, name: str, profiles: str) -> Request:
    path = draw.pick(("notes.txt", "conf/notes.txt", "foo.yml", "missing.txt"))
    headers = {"Accept": "application/octet-stream"} if draw.chance(0.2) else {}
    return Request(f"/{name}/{profiles}/{{label}}/{path}", headers=headers)


def _broken(draw: Draw, content: bytes) -> bytes:
    """Damage a file the way a slip of the hand does."""
    if not content:
        return b"\xff"
    at = draw.number(0, len(content) - 1)
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: content[:at] + content[at + 1 :],
        lambda: content[:at],
        lambda: content[:at] + draw.pick(_MUTATIONS).encode() + content[at:],
        lambda: content + content.splitlines(keepends=True)[0],
        lambda: content.replace(b"\n", b"\n ", 1),
        lambda: content[:at] + bytes([draw.number(0, 255)]) + content[at + 1 :],
    )
    return draw.pick(ways)()
