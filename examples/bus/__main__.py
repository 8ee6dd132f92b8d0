"""Two Boot applications and RabbitMQ: a commit refreshes the one that it concerns.

See README.md.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from examples.bus.applications import Application, build, is_built
from examples.bus.broker import Broker, broker
from examples.bus.processes import HOST, Child, Missing, free_port, listens, needed
from examples.bus.repository import Repository

FILES = {
    "application.yml": "opening: open from 9 to 5\n",
    "shop.yml": "greeting: Welcome to the shop\n",
    "cart.yml": "greeting: Your cart\n",
}
COMMITS = (
    ("shop.yml", "greeting: Welcome to the new shop\n", ("shop",)),
    ("application.yml", "opening: open all night\n", ("shop", "cart")),
    ("application.yml", "# Always.\nopening: open all night\n", ()),
)
"""A file, its new text, and the applications that it concerns."""

_PATIENCE = 20.0
_QUIET = 2.0
"""Seconds that an application gets to refresh, and after which it is taken not to."""


def main() -> int:
    """Return 0 if all went as it should."""
    parser = argparse.ArgumentParser(prog="examples/bus/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end instead of waiting for commits")
    once: bool = parser.parse_args().once
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        try:
            return _run(stack, once=once)
        except Missing as error:
            say(str(error))
            return 1
        except KeyboardInterrupt:
            say("ending")
            return 130 if once else 0
        finally:
            # What was started is ended now; another Ctrl-C would leave some of it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


def say(text: str, name: str = "") -> None:
    """Print what happens, with the time."""
    now = datetime.now().astimezone().isoformat(timespec="milliseconds")[11:23]
    print(f"{now}  {name:8}{text}", flush=True)


def _run(stack: ExitStack, *, once: bool) -> int:
    """Start everything, which the stack ends, and show it; return 0 if all went as it should."""
    work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bus-example-")))
    work.chmod(0o755)  # RabbitMQ may run as a user of its own
    if not is_built():
        say("building the application; the first time, Maven downloads what it needs")
        build()
    found = stack.enter_context(broker(work))
    say(f"RabbitMQ on port {found.port}")
    repository = Repository(work, FILES)
    url = _serve(stack, work, repository, found)
    say(f"configuration server on {url}")
    environment = {**found.environment, "CONFIG_SERVER": url}
    applications = [
        stack.enter_context(Application(name, work, environment)) for name in ("shop", "cart")
    ]
    for application in applications:
        text = application.started().text
        say(f'"{text}" on http://{HOST}:{application.port}/greeting', application.name)
    good = _all_shown(repository, applications)
    print()
    say("all as it should be" if good else "NOT as it should be")
    if not once:
        _follow(repository, applications)
    return 0 if good else 1


def _all_shown(repository: Repository, applications: Sequence[Application]) -> bool:
    results = [_shown(repository, applications, *commit) for commit in COMMITS]
    return all(results)


def _serve(stack: ExitStack, work: Path, repository: Repository, found: Broker) -> str:
    """Run the configuration server; return its URL."""
    port, secret = free_port(), work / "webhook-secret"
    secret.touch(0o600)
    secret.write_text(secrets.token_hex(32))
    url = f"http://{HOST}:{port}"
    settings = work / "server.yml"
    settings.write_text(
        f"spring.cloud.config.server.git.uri: {repository.remote.as_uri()}\n"
        f"configserver.webhooks.secret-file: {secret}\n"
        "configserver.bus.head-start: 0   # there is no other replica\n"
        "server.address: 127.0.0.1\n"
    )
    line = [_server(), "serve", "--config", str(settings), "--port", str(port)]
    line += ["--state-dir", str(work / "state")]
    child = stack.enter_context(Child(line, work / "server.log", found.environment))
    child.until(lambda: listens(port), 30)
    repository.call(f"{url}/monitor", secret)
    return url


def _server() -> str:
    """Return the program: the one of this environment, or the one that is installed."""
    beside = Path(sys.executable).with_name("configserver")
    return str(beside) if os.access(beside, os.X_OK) else needed("configserver", "see README.md")


def _shown(
    repository: Repository,
    applications: Sequence[Application],
    file: str,
    text: str,
    concerned: Sequence[str],
) -> bool:
    """Push a commit; say who refreshed, and return whether those were the right ones."""
    before = _counts(applications)
    print()
    say(f"git push: {file}: {' | '.join(text.splitlines())}")
    began = time.monotonic()
    repository.push({file: text}, f"Change {file}")
    for application in applications:
        if application.name in concerned:
            greeting = application.refreshed(before[application.name], _PATIENCE)
            if greeting is not None:
                seconds = time.monotonic() - began
                say(f'refreshed: "{greeting.text}", {seconds:.2f} s later', application.name)
    time.sleep(_QUIET)
    after = _counts(applications)
    for name, count in after.items():
        if count == before[name]:
            say("did not refresh" + (", but should have" if name in concerned else ""), name)
        elif name not in concerned:
            say("refreshed, but should not have", name)
    return all(after[name] - before[name] == (name in concerned) for name in after)


def _counts(applications: Sequence[Application]) -> Mapping[str, int]:
    found = {application.name: application.greeting() for application in applications}
    return {name: greeting.refreshes if greeting else -1 for name, greeting in found.items()}


def _follow(repository: Repository, applications: Sequence[Application]) -> NoReturn:
    """Say who refreshes, until Ctrl-C."""
    say(f"now you: edit a file in {repository.clone}, git commit -a, git push; Ctrl-C ends it all")
    seen = dict(_counts(applications))
    while True:
        time.sleep(0.1)
        for application in applications:
            greeting = application.greeting()
            if greeting is not None and greeting.refreshes != seen[application.name]:
                seen[application.name] = greeting.refreshes
                say(f'refreshed: "{greeting.text}"', application.name)


sys.exit(main())
