"""JSON as Jackson writes it: the flat format, and single values for the environment."""

import base64
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from configserver.environment.placeholders import Resolver
from configserver.javatext import java_double, java_integer
from configserver.model import Value
from configserver.render.nest import nest

Wire: TypeAlias = str | bool | int | orjson.Fragment

_64_BIT = range(-(2**63), 2**63)
_CONTROL = re.compile(r"\\\\|\\u00[01][0-9a-f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_VALID = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"')


def flat_json(properties: Mapping[str, Value], resolver: Resolver | None) -> str:
    """Return the nested tree of flat properties, with placeholders resolved by `resolver`.

    The original pastes values into the finished text as they are. Here they are escaped, and a
    placeholder ends with the text that it began in, so that the document stays well-formed.

    Raises:
        ConfigError: see `nest` and `Resolver.resolve`.
    """
    text = dump(nest({key: wire(value) for key, value in properties.items()}))
    if resolver is None or ("${" not in text and "$_{" not in text):
        return text
    return _LITERAL.sub(lambda match: _resolved(match[0], resolver), text)


def dump(tree: Any) -> str:
    """Write maps, lists and wire values without any blanks, escaped as Jackson does."""
    try:
        text = orjson.dumps(tree).decode()
    except orjson.JSONEncodeError:
        text = _dump_surrogates(tree)
    if "\\u00" not in text:
        return text
    return _CONTROL.sub(lambda match: match[0][:2] + match[0][2:].upper(), text)


def wire(value: Value) -> Wire:
    """Return a value in a form that orjson writes as Jackson does.

    Bytes are Base64, dates ISO 8601 with milliseconds, NaN and infinities are text.
    """
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if value in _64_BIT else orjson.Fragment(java_integer(value))
    if isinstance(value, float):
        text = java_double(value)
        return text if text[-1] in "Ny" else orjson.Fragment(text)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return f"{moment.isoformat(timespec='milliseconds')}Z"
    return base64.b64encode(value).decode()


def _dump_surrogates(tree: Any) -> str:
    """Write a tree whose texts may have lone surrogates, which orjson refuses."""
    if isinstance(tree, dict):
        members = (f"{_dump_surrogates(key)}:{_dump_surrogates(tree[key])}" for key in tree)
        return f"{{{','.join(members)}}}"
    if isinstance(tree, list):
        return f"[{','.join(map(_dump_surrogates, tree))}]"
    if isinstance(tree, str):
        text = json.dumps(tree, ensure_ascii=False)
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04X}", text)
    return orjson.dumps(tree).decode()


def _resolved(literal: str, resolver: Resolver) -> str:
    if "${" not in literal and "$_{" not in literal:
        return literal
    pasted = resolver.resolve(literal, lambda value: dump(value)[1:-1])
    if _VALID.fullmatch(pasted):
        return pasted
    return dump(resolver.resolve(json.loads(literal)))
