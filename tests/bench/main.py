"""`scripts/bench`: loads a data set and lets the exchange compete with the best that its database could do."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import uvloop
from rich.console import Console

from tests.bench import attacks, growth, options, profile, rendering, report
from tests.bench.checks import WrongAnswer
from tests.bench.competition import compete
from tests.bench.driver import Unanswered

console = Console(highlight=False)


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = options.read(arguments)
    try:
        document = uvloop.run(_measured(chosen))
    except (WrongAnswer, Unanswered) as error:
        sys.exit(str(error))
    report.show(console, document)
    if chosen.output:
        report.write(document, chosen.output)
        console.print(f"Written to {chosen.output}")


async def _measured(chosen: argparse.Namespace) -> dict[str, Any]:
    """Raises: WrongAnswer, Unanswered."""
    if chosen.attacks:
        return await attacks.measure(console)
    if chosen.growth:
        return await growth.grow(chosen, console)
    if chosen.profile:
        return await profile.sampled(chosen, console)
    if chosen.rendering:
        return await rendering.compare(chosen, console)
    return await compete(chosen, console)


if __name__ == "__main__":
    main()
