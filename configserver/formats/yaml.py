"""YAML as SnakeYAML reads it for Spring Boot.

libyaml is fast and nearly agrees with SnakeYAML; where it refuses a file, PyYAML's own scanner, of
which SnakeYAML is a port, has the last word.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from yaml import CLoader, MarkedYAMLError, YAMLError

from configserver.errors import InvalidFile
from configserver.formats.compose import Composer
from configserver.formats.flatten import Flattener
from configserver.formats.limits import Limits
from configserver.formats.merge import resolve_merges
from configserver.formats.nodes import error_at
from configserver.formats.scanner import SnakeLoader
from configserver.formats.stream import NeedsTree, Stream
from configserver.formats.strict import strict
from configserver.formats.unicode import decode_yaml
from configserver.model import Document

_MAX_SLOW = 64 * 1024
"""Characters that the slow scanner may get, for a fraction of a second."""

_TAG_DIRECTIVE = re.compile("^%TAG|[\r\n\x85\u2028\u2029]%TAG")
_MAX_TAG_DIRECTIVES = 100
"""libyaml compares each with all before it, and nobody can interrupt it."""


def parse_yaml(data: bytes, limits: Limits) -> tuple[Document, ...]:
    """Return the documents that are not null, flattened.

    Raises:
        InvalidFile: what does not parse or what Spring refuses, with line and column.
    """
    text = decode_yaml(data)
    if "%TAG" in text and len(_TAG_DIRECTIVE.findall(text)) > _MAX_TAG_DIRECTIVES:
        raise InvalidFile(f"more than {_MAX_TAG_DIRECTIVES} %TAG directives")
    try:
        return _parse(text, limits)
    except RecursionError:
        raise InvalidFile("nested too deeply") from None


def _parse(text: str, limits: Limits) -> tuple[Document, ...]:
    refused = InvalidFile("a byte order mark within the text")
    if "\ufeff" not in text:  # libyaml does not count it as a column
        try:
            return _flattened(text, limits)
        except YAMLError as error:
            refused = _invalid(error)
    if len(text) > _MAX_SLOW:
        raise refused
    try:
        return _composed(SnakeLoader(text).get_event, text, limits)
    except YAMLError:
        raise refused from None


def _flattened(text: str, limits: Limits) -> tuple[Document, ...]:
    stream = Stream(strict(CLoader(text).get_event, text, ordinary=True), text, limits)
    try:
        return stream.documents()
    except NeedsTree:
        if stream.nodes > limits.max_tree_nodes:
            raise InvalidFile(
                f"more than {limits.max_tree_nodes} nodes in a file with anchors, tags, merges"
                " or keys that are no text"
            ) from None
        return _composed(CLoader(text).get_event, text, limits)


def _composed(next_event: Callable[[], Any], text: str, limits: Limits) -> tuple[Document, ...]:
    limits = replace(limits, max_nodes=min(limits.max_nodes, limits.max_tree_nodes))
    composer = Composer(strict(next_event, text), text, limits)
    flattener = Flattener(limits)
    documents = []
    for root in composer.documents():
        if composer.merges:
            resolve_merges(root, limits)
        document = flattener.document(root)
        if document is not None:
            documents.append(document)
    return tuple(documents)


def _invalid(error: YAMLError) -> InvalidFile:
    if isinstance(error, MarkedYAMLError):
        return error_at(f"invalid YAML: {error.problem}", error.problem_mark)
    return InvalidFile("invalid YAML")
