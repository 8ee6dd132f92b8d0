"""Telling apart what can go wrong with the files of a mirror."""

import errno
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from dulwich import errors as dulwich_errors

from configserver.backends.git.faults import Fault, Unreachable

_GONE: Final = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EINVAL}
_BROKEN: Final = (
    *(KeyError, ValueError, AssertionError, EOFError, struct.error, zlib.error),
    *(dulwich_errors.NotGitRepository, dulwich_errors.FileFormatException),
    *(dulwich_errors.ChecksumMismatch, dulwich_errors.PackedRefsException),
)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Say whether a lack of memory is behind an error."""
    while error is not None and not isinstance(error, MemoryError):
        error = error.__cause__ or error.__context__
    return error is not None


@contextmanager
def writing() -> Iterator[None]:
    """Tell failures of the disk from others."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from None
        reason = f"the mirror cannot be written: {error.strerror or type(error).__name__}"
        raise Unreachable(reason, fault=Fault.DISK) from None


@contextmanager
def reading() -> Iterator[None]:
    """Tell damages of the mirror from other failures."""
    try:
        yield
    except OSError as error:
        if error.errno not in _GONE:
            raise
        raise Unreachable(f"the mirror is damaged: {error.strerror}", fault=Fault.MIRROR) from None
    except _BROKEN as error:
        raise Unreachable(
            f"the mirror is damaged: {type(error).__name__}", fault=Fault.MIRROR
        ) from None
