"""Which profiles are active: those asked for, those included, and the groups of them.

As Spring Boot's `ConfigDataEnvironment` and `Profiles` find them.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from configserver.environment.activation import NO_PLATFORM, PLATFORMS
from configserver.environment.binding import Binder
from configserver.environment.contributors import Contributor, Part
from configserver.environment.relaxed import (
    ACTIVE,
    CLOUD_PLATFORM,
    DEFAULT,
    GROUP,
    INCLUDE,
    PROFILES,
    VALIDATE,
    Key,
    Name,
)

MAX_GROUPS = 1000
"""How many groups of profiles the files of an application may define."""

_LETTER_OR_DIGIT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"})


def ignores_profile_keys(requested: Sequence[str]) -> bool:
    """Say whether `spring.profiles.*` of served files counts: not if `default` comes first."""
    return not requested or requested[0].lower() == "default"


def cloud_platform(contributors: Sequence[Contributor], binder: Binder) -> str:
    """Return the platform that a served file sets, else that there is none.

    Raises:
        InvalidFile: it is set in a document with a condition.
    """
    part = _first(contributors, CLOUD_PLATFORM)
    if part is None:
        return NO_PLATFORM
    text = (part.keys.text(CLOUD_PLATFORM, binder.resolver()) or "").upper()
    _refuse_inactive(contributors, CLOUD_PLATFORM, binder)
    return text if text in PLATFORMS else NO_PLATFORM


def active_profiles(
    requested: Sequence[str], contributors: Sequence[Contributor], binder: Binder
) -> tuple[str, ...]:
    """Return the active profiles, weakest first.

    Args:
        requested: the profiles asked for.
        contributors: all documents loaded without profiles, strongest first.
        binder: reads them.

    Raises:
        InvalidFile: a bad name of a profile, or a key in a document that must not have it.
    """
    if ignores_profile_keys(requested):
        return tuple(dict.fromkeys(requested))
    included = [name for contributor in contributors for name in _included(contributor, binder)]
    validate = _validated(contributors, binder)
    if validate:
        for part, names in included:
            _check(part, INCLUDE, names)
    groups = _groups(contributors, binder, validate=validate)
    _check_default(contributors, binder, validate=validate)
    extra = (name for _, names in included for name in names)
    return _expanded((*requested, *extra), groups)


def refuse_misplaced_keys(contributors: Iterable[Contributor], *, ignored: bool) -> None:
    """Refuse what must not stand in a file, be its documents active or not.

    Args:
        contributors: all documents loaded.
        ignored: whether the profile keys of served files do not count.

    Raises:
        InvalidFile: the old `spring.profiles`, or profiles set in a file of a profile.
    """
    for part in _parts(contributors):
        for name in (PROFILES, (*PROFILES, "0")):
            if part.keys.has(name):
                raise part.keys.invalid(
                    name, "no longer allowed: use spring.config.activate.on-profile"
                )
        if not part.profile_file or ignored:
            continue
        for name in (INCLUDE, ACTIVE, DEFAULT):
            for spelt in (name, (*name, "0")):
                if part.keys.has(spelt):
                    raise part.keys.invalid(spelt, "not allowed in a file of a profile")


def _parts(contributors: Iterable[Contributor]) -> Iterator[Part]:
    return (found.part for found in contributors if found.part is not None)


def _first(contributors: Iterable[Contributor], name: Name) -> Part | None:
    return next((part for part in _parts(contributors) if part.keys.has(name)), None)


def _refuse_inactive(contributors: Iterable[Contributor], name: Name, binder: Binder) -> None:
    for contributor in contributors:
        part = contributor.part
        if part is not None and part.keys.has(name) and not binder.is_active(contributor):
            raise part.keys.invalid(name, "not allowed in a document with a condition")


def _included(contributor: Contributor, binder: Binder) -> Iterator[tuple[Part, tuple[str, ...]]]:
    part = contributor.part
    if part is None:
        return
    resolve = binder.resolver()
    validate = part.keys.flag(VALIDATE, resolve)
    names = part.keys.texts(INCLUDE, resolve)
    if names is None:
        return
    if validate is not False:
        _check(part, INCLUDE, names)
    if not binder.is_active(contributor):
        raise part.keys.invalid(INCLUDE, "not allowed in a document with a condition")
    yield part, names


def _validated(contributors: Sequence[Contributor], binder: Binder) -> bool:
    part = _first(contributors, VALIDATE)
    flag = None if part is None else part.keys.flag(VALIDATE, binder.resolver())
    if flag is not None:
        _refuse_inactive(contributors, VALIDATE, binder)
    return flag is not False


def _groups(
    contributors: Sequence[Contributor], binder: Binder, *, validate: bool
) -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for part in _parts(contributors):
        for key in part.keys.below(GROUP):
            size = _group_size(key)
            title = ".".join(key.words[len(GROUP) : size])
            if len(groups) > MAX_GROUPS:
                raise part.keys.invalid(GROUP, f"more than {MAX_GROUPS} groups")
            if title not in groups:
                groups[title] = _members(contributors, key.name[:size], binder, validate=validate)
    text = None if groups else _first(contributors, GROUP)
    if text is not None:
        raise text.keys.invalid(GROUP, "a text where the names of groups belong below it")
    return groups


def _group_size(key: Key) -> int:
    """Return how many elements name the group; an index behind them begins its list."""
    for at in range(len(GROUP) + 1, len(key.name)):
        if key.bracketed[at] and key.name[at].isdecimal():
            return at
    return len(key.name)


def _members(
    contributors: Iterable[Contributor], name: Name, binder: Binder, *, validate: bool
) -> tuple[str, ...]:
    for part in _parts(contributors):
        members = part.keys.texts(name, binder.resolver())
        if members is not None:
            if validate:
                _check(part, name, members)
            return members
    return ()


def _check_default(contributors: Iterable[Contributor], binder: Binder, *, validate: bool) -> None:
    """Refuse bad names in `spring.profiles.default`, which has no effect as profiles are given."""
    for part in _parts(contributors):
        names = part.keys.texts(DEFAULT, binder.resolver())
        if names is not None:
            if validate:
                _check(part, DEFAULT, names)
            return


def _check(part: Part, name: Name, profiles: Iterable[str]) -> None:
    for profile in profiles:
        if not _is_profile(profile):
            raise part.keys.invalid(name, "no list of profiles: letters, digits and - _ . + @ only")


def _is_profile(text: str) -> bool:
    plain = all(char in "-_.+@" or _is_letter_or_digit(char) for char in text)
    return bool(text) and plain and _is_letter_or_digit(text[0]) and _is_letter_or_digit(text[-1])


def _is_letter_or_digit(char: str) -> bool:
    return unicodedata.category(char) in _LETTER_OR_DIGIT


def _expanded(profiles: Iterable[str], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Put the members of each group behind its name, and theirs in turn."""
    expanded: dict[str, None] = {}
    stack = [*reversed(tuple(profiles))]
    while stack:
        profile = stack.pop()
        if profile not in expanded:
            expanded[profile] = None
            stack += reversed(groups.get(profile, ()))
    return tuple(expanded)
