"""Work on many items in as many processes as there are cores."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Final, TypeVar

from configserver.errors import ConfigError

T = TypeVar("T")
R = TypeVar("R")

_FORKS: Final = "fork" in multiprocessing.get_all_start_methods()
_WORTH_IT: Final = 16
"""Items for which another process is worth its start."""


def in_processes(work: Callable[[T], R], items: Sequence[T], most: int | None = None) -> list[R]:
    """Return what becomes of each item, in their order.

    Processes are forked, so that the work and the keys that it needs are never written anywhere:
    only results go through a pipe. They end when this process does, however it ends.

    Args:
        work: has to return what can be pickled.
        items: each process takes every nth.
        most: processes, this one included; None for one on each core.

    Raises:
        ConfigError: work raised it, or a process was killed.
    """
    cores = (os.cpu_count() or 1) if most is None else most
    number = min(cores, 1 + len(items) // _WORTH_IT) if _FORKS else 1
    with _others(work, [items[each::number] for each in range(1, number)]) as pipes:
        stripes = [[work(item) for item in items[::number]], *map(_received, pipes)]
    results = [iter(stripe) for stripe in stripes]
    return [next(results[each % number]) for each in range(len(items))]


@contextmanager
def _others(
    work: Callable[[T], R], stripes: Sequence[Sequence[T]]
) -> Iterator[Sequence[Connection]]:
    """Let other processes work on the stripes; yield what their results come through."""
    context = multiprocessing.get_context("fork" if _FORKS else None)
    processes, pipes = [], []
    try:
        for stripe in stripes:
            here, there = context.Pipe(duplex=False)
            pipes.append(here)
            process = context.Process(target=_run, args=(work, stripe, there, pipes), daemon=True)
            process.start()
            there.close()
            processes.append(process)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.terminate()
            process.join()


def _run(
    work: Callable[[T], R], stripe: Sequence[T], pipe: Connection, others: Sequence[Connection]
) -> None:
    """Work in a process of its own, until nobody is there any more who wants the results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started this one ends it, too
    for other in others:
        other.close()
    done: list[R] | ConfigError
    try:
        done = [work(item) for item in stripe]
    except ConfigError as error:
        done = error
    with suppress(BrokenPipeError):
        pipe.send(done)


def _received(pipe: Connection) -> list[R]:
    try:
        done: list[R] | ConfigError = pipe.recv()
    except EOFError:
        hint = "nothing was written; see whether memory is short, and try again"
        raise ConfigError("a process that worked on it ended too early", hint=hint) from None
    if isinstance(done, ConfigError):
        raise done
    return done
