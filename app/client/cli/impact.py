"""`lantern impact`: what came of the participant's own signals, as numbers, bars and a page."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from .. import impact_page, operations, viewer
from ..answers import Impact, ImpactFunnel
from ..errors import Misconfigured
from ..impact import CAVEATS, HEADINGS, STAGES, Breakdown, part, rows
from .session import Session

_DAY = ["%Y-%m-%d"]
# Of a period whose beginning is not said, and of the longest bar in characters.
_DAYS = 30
_BAR = 40

Since = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY, help="First day, in UTC; 30 days ago if unsaid.")
]
Until = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day, in UTC; today if unsaid.")]
By = Annotated[Breakdown, typer.Option(help="How to split it; the page splits it in each way.")]
Html = Annotated[Path | None, typer.Option(help="Write a page for a transparency report to this file.")]


def impact(
    context: typer.Context, since: Since = None, until: Until = None, by: By = Breakdown.TYPE, html: Html = None
) -> None:
    """Show what others reported about your signals: matched, reviewed, acted on."""
    session = Session.of(context)
    last = until or datetime.now(UTC)
    first = since or last - timedelta(days=_DAYS - 1)
    with session.exchange() as exchange:
        after = last.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) + timedelta(days=1)
        found = exchange.ask(operations.impact(first.replace(tzinfo=UTC), after))
        participant = viewer.of(exchange).get("participant") if html else None
    if html is not None:
        _write(html, impact_page.page(found, participant["name"] if participant else "this platform", _period(found)))
        session.output.note(f"Written to {html}.")
    if session.as_json:
        session.output.record(found)
    else:
        _show(session, found, by)


def _show(session: Session, found: Impact, by: Breakdown) -> None:
    output = session.output
    output.show(Text(f"What came of your signals, {_period(found)}\n", "bold"))
    output.show(_bars(found["total"]))
    if found["total"]["actions"]:
        output.rows(("action", "count"), found["total"]["actions"])
    output.show(Text(f"\n{HEADINGS[by]}", "bold"))
    output.show(_cells([*rows(found, by), ("TOTAL", found["total"])]))
    for caveat in CAVEATS:
        output.note(caveat)


def _bars(funnel: ImpactFunnel) -> Table:
    """The numbers as bars; each has its own beside it."""
    table = Table(show_header=False, box=None, pad_edge=False)
    longest = max(funnel[stage.key] for stage in STAGES)
    for stage in STAGES:
        bar = "\N{FULL BLOCK}" * round(part(funnel[stage.key], longest) * _BAR)
        table.add_row(stage.title, f"{funnel[stage.key]:,}", bar)
    table.columns[1].justify = "right"
    return table


def _cells(cells: Sequence[tuple[str, ImpactFunnel]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for stage in STAGES:
        table.add_column(stage.title, justify="right")
    for key, funnel in cells:
        table.add_row(key, *(f"{funnel[stage.key]:,}" for stage in STAGES))
    return table


def _period(found: Impact) -> str:
    """The exchange counts whole days in UTC, the end excluded."""
    first, end = datetime.fromisoformat(found["from"]), datetime.fromisoformat(found["to"])
    return f"{first:%Y-%m-%d} to {end - timedelta(days=1):%Y-%m-%d} (whole days in UTC)"


def _write(file: Path, page: str) -> None:
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Misconfigured(f"{file} cannot be written: {error.strerror}.") from None
