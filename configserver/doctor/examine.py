"""All examinations: several at a time, told in order."""

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from configserver.backends.git.address import Address
from configserver.backends.templates import Template, is_template
from configserver.doctor.files import LocalExamination
from configserver.doctor.folders import NativeExamination
from configserver.doctor.masking import masker, secrets_of
from configserver.doctor.remote import RemoteExamination
from configserver.doctor.report import Heading, Outcome, Step, StepFailed, Warned
from configserver.doctor.steps import Todo, take
from configserver.doctor.targets import GitTarget, NativeTarget, Sample, Target
from configserver.errors import ConfigError

AT_ONCE: Final = 8
"""How many repositories are examined at the same time."""


class Examination(Protocol):
    """What can be taken step by step."""

    def todo(self) -> Sequence[Todo]:
        """Return the steps."""

    def close(self) -> None:
        """Release what the steps have opened."""


Told = tuple[Heading, Iterator[Step]]
"""A heading, and its steps as they are taken."""


def examine_all(targets: Sequence[Target], sample: Sample) -> Iterator[Told]:
    """Examine targets in parallel; yield them in order, with their steps as they come.

    Each target's steps have to be taken before the next target.
    """
    queues: list[queue.SimpleQueue[Step | None]] = [queue.SimpleQueue() for _ in targets]

    mask = masker(secrets_of(targets))
    waiting = iter(list(zip(targets, queues, strict=True)))

    def work() -> None:
        # Taking the next of a list's iterator is one step for the interpreter.
        for target, steps in waiting:
            try:
                for step in examine(target, sample):
                    steps.put(step.mapped(mask))
            except Exception as error:  # noqa: BLE001 - the other repositories are still to come
                steps.put(_failed("", f"unexpected: {type(error).__name__}", "report this"))
            finally:
                steps.put(None)

    for _ in range(min(AT_ONCE, len(targets))):
        # Not a pool: that would hold up the end of the process when the operator interrupts it.
        threading.Thread(target=work, name="doctor", daemon=True).start()
    for target, steps in zip(targets, queues, strict=True):
        yield Heading(target.name, mask(target.shown)), iter(steps.get, None)


def examine(target: Target, sample: Sample) -> Iterator[Step]:
    """Examine one target; the last step tells if not all of them could be taken."""
    if isinstance(target, GitTarget) and not target.uri:
        yield _unset(target)
        return
    try:
        examination, note = _examination(target, sample)
    except StepFailed as error:
        yield _failed(error.text, error.why, error.do)
        return
    except ConfigError as error:
        yield _failed("the URI cannot be used", error.reason, error.hint)
        return
    step = None
    try:
        for step in take(examination.todo()):
            yield step
    finally:
        examination.close()
    if note and (step is None or step.outcome is Outcome.OK):
        yield Step("repository", Outcome.SKIPPED, note)


def _examination(target: Target, sample: Sample) -> tuple[Examination, str]:
    """Return the examination of a target, and why it ends early if it does."""
    if isinstance(target, NativeTarget):
        return NativeExamination(target, sample), ""
    note = ""
    if is_template(target.uri):
        template = _template(target)
        missing = sample.missing(target.uri)
        if missing is None:
            query = sample.query()
            uri = template.resolve(query, query.profile_names[-1])
            target = target.at(uri)
        else:
            note = f"which repository depends on the request: name one with {missing}"
    address = Address.parse(target.uri)
    if address.path is None:
        return RemoteExamination(target, sample, host_only=bool(note)), note
    if note:
        return _Nothing(), note
    return LocalExamination(target, sample, address.path), ""


class _Nothing:
    """An examination without steps."""

    def todo(self) -> Sequence[Todo]:
        return ()

    def close(self) -> None:
        pass


def _template(target: GitTarget) -> Template:
    try:
        return Template.parse(target.uri, target.default_label)
    except ValueError as error:
        raise StepFailed("the URI cannot be used", why=str(error), do="correct git.uri") from None


def _unset(target: GitTarget) -> Step:
    do = "name the repository with spring.cloud.config.server.git.uri or --git-uri"
    if target.name == "git":
        return Step(
            "uri", Outcome.WARNING, "is not set", (), (Warned("the example is served", do),)
        )
    return _failed("is not set", "this repository has no place", f"set {target.name}.uri")


def _failed(text: str, why: str, do: str) -> Step:
    return Step("uri", Outcome.FAILED, text, warnings=(Warned(why, do),))
