"""The whole of it: `python -m tests.server.chaos --commits 200 --seed 1`."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.server.chaos.run import Plan, Report, chaos
from tests.server.chaos.stage import WAYS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.server.chaos", description=__doc__)
    parser.add_argument("--commits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=WAYS, nargs="+", default=WAYS)
    parser.add_argument("--no-polls", action="store_true", help="only webhooks tell servers")
    parser.add_argument("--keep", type=Path, help="folder for logs and repositories")
    options = parser.parse_args()
    failed = False
    for way in options.way:
        plan = Plan(way, options.commits, options.seed, polls=not options.no_polls)
        with tempfile.TemporaryDirectory(prefix="chaos-") as made:
            folder = (options.keep or Path(made)) / way
            folder.mkdir(parents=True)
            began = time.monotonic()
            report = asyncio.run(chaos(folder, plan))
        sys.stdout.write(f"{shown(plan, report, time.monotonic() - began)}\n")
        sys.stdout.flush()
        failed |= bool(report.missed or report.wrong)
    return int(failed)


def shown(plan: Plan, report: Report, seconds: float) -> str:
    """Return the figures."""
    load = os.getloadavg()[0]
    lines = [
        f"{plan.way}, seed {plan.seed}: {plan.commits} commits in {report.lasted:.1f} s",
        f"  all held the newest state {report.settled:.2f} s later",
        f"  in all    {seconds:.0f} s, load of the machine {load:.1f}",
        f"  commits   {report.commits}",
        f"  faults    {report.faults}",
        f"  webhooks  {report.webhooks}",
        f"  told      {report.told}",
        *(f"  MISSED    {line}" for line in report.missed),
        *(f"  WRONG     {line}" for line in report.wrong),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
