"""Values by the path of their fields → settings."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from configserver.settings import Settings
from configserver.settings.composite import MODELS, Member
from configserver.settings.schema import SECTIONS

Path = tuple[str | int, ...]
"""The fields that lead to a value: `git`, `repos`, `shop`, `uri`."""


def make(values: Mapping[Path, Any]) -> Settings:
    """Return the settings that hold values; members of the composite need a `type` among them."""
    tree: dict[str | int, Any] = {}
    for path, value in values.items():
        branch = tree
        for part in path[:-1]:
            branch = branch.setdefault(part, {})
        branch[path[-1]] = value
    sections = {name: _model(model, tree.get(name, {})) for name, model in SECTIONS.items()}
    members = tree.get("composite", {})
    return Settings(**sections, composite=tuple(_member(members[n]) for n in sorted(members)))


def _member(values: Mapping[str | int, Any]) -> Member:
    member: Member = _model(MODELS[values["type"]], values)
    return member


def _model(model: Any, values: Mapping[str | int, Any]) -> Any:
    """Return an instance of a model; values that are none of its fields are passed over."""
    found: dict[str, Any] = {}
    for field in fields(model):
        if field.name == "given":
            found["given"] = frozenset(values)
        elif field.name in values:
            found[field.name] = _field(field.metadata, values[field.name])
    return model(**found)


def _field(about: Mapping[str, Any], value: Any) -> Any:
    if inner := about.get("section"):
        return _model(inner, value)
    if inner := about.get("sections"):
        return MappingProxyType({key: _model(inner, values) for key, values in value.items()})
    return value
