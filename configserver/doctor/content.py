"""What of a repository's files a sample query finds."""

from collections.abc import Iterable, Sequence

from configserver.backends.layouts import Layout
from configserver.doctor.report import Finding, StepFailed, Warned
from configserver.doctor.targets import Sample, Target
from configserver.encryption.decrypt import mark_undecryptable
from configserver.environment.assemble import assemble
from configserver.environment.search import git_locations
from configserver.errors import ConfigError
from configserver.formats.cache import DocumentCache
from configserver.model import Environment, PropertySource
from configserver.query import Query
from configserver.snapshot import Snapshot

_CACHE = 64 << 20
_MOST = 10


def examine_search_paths(
    search_paths: Sequence[str], sample: Sample, label: str, snapshot: Snapshot
) -> Finding:
    """Look for each search path on its own.

    Of those with placeholders that the sample leaves at their defaults none has to exist.

    Raises:
        InvalidRequest: they lead to too many folders.
    """
    if not search_paths:
        return Finding("the root only; none are configured")
    query = sample.query()
    found: list[str] = ["/"]
    missing: list[str] = []
    for path in search_paths:
        places = [place.path for place in git_locations([path], query, label, snapshot)]
        folders = [f"{place}/" for place in places if place]
        found += folders
        if not folders and path.strip("/. ") and sample.missing(path) is None:
            missing.append(path)
    names = tuple(dict.fromkeys(found))
    text = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if names[_MOST:] else "")
    return Finding(text, warnings=tuple(_nowhere(path, snapshot) for path in missing))


def examine_sample(layout: Layout, query: Query, snapshot: Snapshot, target: Target) -> Finding:
    """Resolve the query as a request would be, and name the property sources.

    Raises:
        StepFailed: a file does not parse.
        ConfigError: anything else is wrong.
    """
    documents = DocumentCache(_CACHE, opener=target.opener)
    asked = "/".join(part for part in (query.name, query.profiles, query.label) if part)
    try:
        sources = assemble(
            query,
            layout.locate(query, query.label, snapshot),
            snapshot,
            documents=lambda path: documents.documents(snapshot, path),
            naming=layout.naming,
        )
    except ConfigError as error:
        if error.path is None:
            raise
        place = ":".join(str(part) for part in (error.path, error.line, error.column) if part)
        raise StepFailed(
            f"{asked}: {place}",
            why=error.reason,
            do=error.hint or "correct the file; until then these requests fail with 500",
        ) from None
    if not sources:
        nothing = Warned(
            "no file was found for it",
            "name an application that has files with --application and --profile, or check "
            "search-paths",
        )
        return Finding(f"{asked}: no property sources", warnings=(nothing,))
    count = f"{len(sources)} property source{'s' if len(sources) > 1 else ''}"
    return Finding(
        f"{asked}: {count}, the strongest first",
        tuple(_named(source) for source in sources),
        _ciphers(sources) if target.keyless else (),
    )


def _nowhere(path: str, snapshot: Snapshot) -> Warned:
    shown = [f"{name}/" for name in snapshot.folders("")]
    there = f"there are {', '.join(shown[:_MOST])}" if shown else "there are no folders at all"
    return Warned(
        f"the search path '{path}' leads to no folder",
        f"correct search-paths, or make the folder; {there}",
    )


def _named(source: PropertySource) -> str:
    keys = len(source.properties)
    return f"{source.path or source.name} ({keys} key{'' if keys == 1 else 's'})"


def _ciphers(sources: Sequence[PropertySource]) -> tuple[Warned, ...]:
    """Name the keys whose values are encrypted and would be served as `<n/a>`."""
    environment = Environment("", "", None, None, None, tuple(sources))
    keys = list(dict.fromkeys(_undecryptable(sources, mark_undecryptable(environment).sources)))
    if not keys:
        return ()
    more = f" and {len(keys) - _MOST} more" if keys[_MOST:] else ""
    return (
        Warned(
            f"encrypted values that cannot be decrypted: {', '.join(keys[:_MOST])}{more}",
            "give the server the key, or set spring.cloud.config.server.encrypt.enabled to false "
            "and let the clients decrypt",
        ),
    )


def _undecryptable(
    before: Iterable[PropertySource], after: Iterable[PropertySource]
) -> Iterable[str]:
    for source, marked in zip(before, after, strict=True):
        for key in (key for key in marked.properties if key not in source.properties):
            yield f"{key.removeprefix('invalid.')} in {source.path or source.name}"
