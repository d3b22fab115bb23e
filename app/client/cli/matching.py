"""`lantern match`: looks your own values up, at the exchange or in the replica."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import operations
from ..answers import MatchOutcome, SignalMatch
from ..operations import MAX_ROWS
from ..replica import Replica
from ..replica.database import FILE
from . import exits, own_values
from .own_values import Numbered
from .session import Session

# Seconds after which somebody should look whether `lantern sync` still runs.
_STALE_SECONDS = 24 * 3600
# Of the values of one call, each of up to four bytes; the exchange takes 5 MB.
_MOST_CHARACTERS = 1_000_000
COLUMNS = (
    "line",
    "kind",
    "distance",
    "signal",
    "type",
    "maskedValue",
    "severity",
    "confidence",
    "violations",
    "annotations",
    "handling",
    "problem",
)


@dataclass(slots=True)
class _Tally:
    values: int = 0
    matched: int = 0
    problems: int = 0


def match(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="JSON Lines or CSV with `value` and `type`, or plain values; - for a pipe.")
    ],
    local: Annotated[bool, typer.Option("--local", help="Match in the replica, without asking the exchange.")] = False,
    type: Annotated[str | None, typer.Option(help="Type of values that say none, such as EMAIL_ADDRESS.")] = None,
    platform: Annotated[str | None, typer.Option(help="Platform of user names and account ids.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of telephone numbers in national spelling.")] = None,
) -> None:
    """Find signals for your own values. A match is a clue to review, never proof; your values are not printed."""
    session = Session.of(context)
    tally = _Tally()
    values = own_values.read(file, {"type": type, "platform": platform, "region": region})
    outcomes = _local(session, values) if local else _online(session, values)
    session.output.rows(COLUMNS, _rows(outcomes, tally))
    session.output.note(f"{tally.matched:,} of {tally.values:,} values matched, {tally.problems:,} could not be read.")
    if tally.problems:
        raise typer.Exit(exits.SOME_REJECTED)


Answered = tuple[int, MatchOutcome]


def _online(session: Session, values: Iterator[Numbered]) -> Iterator[Answered]:
    sent: list[list[int]] = []

    def calls() -> Iterator[operations.Operation[list[MatchOutcome]]]:
        for batch in _batches(values):
            sent.append([line for line, _ in batch])
            yield operations.match([value for _, value in batch])

    with session.exchange() as exchange:
        for outcomes in exchange.ask_each(calls()):
            yield from zip(sent.pop(0), outcomes, strict=True)


def _local(session: Session, values: Iterator[Numbered]) -> Iterator[Answered]:
    with Replica.open(session.profile.state / FILE, session.profile.match_key) as replica:
        synced_at = replica.state.synced_at
        if synced_at is not None and time.time() - synced_at > _STALE_SECONDS:
            hours = (time.time() - synced_at) / 3600
            session.output.note(f"This replica is {hours:,.0f} hours old: does `lantern sync --follow` still run?")
        for batch in _batches(values):
            outcomes = replica.match([value for _, value in batch])
            yield from zip((line for line, _ in batch), outcomes, strict=True)


def _batches(values: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    """Of so many values and characters as one call takes."""
    batch, size = list[Numbered](), 0
    for one in values:
        length = len(one[1]["value"])
        if batch and (len(batch) == MAX_ROWS or size + length > _MOST_CHARACTERS):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch


def _rows(outcomes: Iterator[Answered], tally: _Tally) -> Iterator[dict[str, Any]]:
    for line, outcome in outcomes:
        tally.values += 1
        if outcome["problem"] is not None:
            tally.problems += 1
            yield {"line": line, "problem": outcome["problem"]["message"]}
        if outcome["best"] is not None:
            tally.matched += 1
            yield from (_row(line, match) for match in (outcome["best"], *outcome["others"]))


# Of a signal that matched.
_SHOWN = frozenset({"type", "maskedValue", "severity", "confidence", "violations", "annotations", "handling"})


def _row(line: int, match: SignalMatch) -> dict[str, Any]:
    row: dict[str, Any] = {"line": line, "kind": match["kind"], "distance": match["distance"]}
    if (signal := match["signal"]) is not None:
        row["signal"] = signal["id"]
        row |= {name: told for name, told in signal.items() if name in _SHOWN}
    return row
