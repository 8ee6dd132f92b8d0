"""Who asked, kept on disk, so that they are told of what changes while the server is down."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from configserver.errors import ConfigError
from configserver.logs import get_logger
from configserver.push.comparison.effective import Effective
from configserver.push.interest.queries import Known
from configserver.query import Query

_log = get_logger("configserver.push")
_FIRST: Final = '{"version": 1}'
_MAX_BYTES: Final = 64 << 20
_FIELDS: Final = 6


def recall(path: Path, most: int) -> list[Known]:
    """Return who is in a file, the one asked last at the end; blocks.

    A file that is missing, damaged or of another version holds nobody; that is a warning unless
    it is missing.

    Args:
        path: the file.
        most: of queries.
    """
    try:
        return [_known(json.loads(line)) for line in _lines(path)][-most:]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError, ConfigError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        _log.warning(
            "who asked before is not known: the file is ignored, and replaced",
            file=str(path),
            reason=reason,
        )
        return []


def remember(path: Path, known: Iterable[Known], *, tags: bool) -> None:
    """Replace the file at once; blocks.

    Names and commits stand there. No value does, nor a hash of a single one.

    Args:
        path: the file; its folder is made if need be.
        known: the ones to be kept, the one asked last first.
        tags: whether to keep what tells an answer from another one, a hash of all of it. Without,
            commits have to do. It is left out where ciphers are opened: whoever gets hold of the
            file, and knows all but one of the values, could try what that one is.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = [json.dumps(_line(one, tags=tags), separators=(",", ":")) for one in known]
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".", delete=False
    ) as file:
        try:
            file.write("\n".join((_FIRST, *reversed(lines), "")))
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _lines(path: Path) -> list[str]:
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("it is too large")
    first, *lines = path.read_text("utf-8").splitlines() or [""]
    if first != _FIRST:
        raise ValueError("it is damaged, or of another version")
    return lines


def _line(known: Known, *, tags: bool) -> list[object]:
    query = known.query
    tag = known.effective.etag if tags else ""
    return [query.name, query.profiles, query.label, known.version, tag, known.own]


def _known(line: Any) -> Known:
    if not isinstance(line, list) or len(line) != _FIELDS:
        raise ValueError("a line is not as it should be")
    name, profiles, label, version, tag, own = line
    texts = (name, profiles, tag)
    if not all(isinstance(text, str) for text in texts) or not isinstance(own, bool):
        raise ValueError("a line is not as it should be")
    if not all(text is None or isinstance(text, str) for text in (label, version)):
        raise ValueError("a line is not as it should be")
    Query.parse(name.replace("/", "(_)"), profiles, label and label.replace("/", "(_)"))
    query = Query(name, profiles, label)
    return Known(query, version, Effective(tag, None, b""), own=own)
