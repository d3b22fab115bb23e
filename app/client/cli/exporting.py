"""`lantern export`: what the participant may see as a file for other programs."""

from collections.abc import Collection, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TextIO, cast

import typer

from .. import operations, private_files
from ..answers import ChangedSignal, ChangePage, LinkedSignal, SignalChange, SignalLink, must_resync
from ..errors import NotReady
from ..exchange import Exchange
from ..exporting import csv, jsonl, stix
from ..replica import contents
from ..replica.database import FILE
from .session import Session


class Format(StrEnum):
    STIX = "stix"
    CSV = "csv"
    JSONL = "jsonl"


_BY_EXTENSION: Final = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Written whole or not at all, for nobody else to read.")],
    format: Annotated[
        Format | None, typer.Option(help="STIX 2.1 bundle, table, or JSON Lines; as the file is called, or else STIX.")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="From the replica, without asking the exchange.")] = False,
) -> None:
    """Write all signals that you see. Each is a clue, never proof; hand on no more than its handling allows."""
    session = Session.of(context)
    format = format or _BY_EXTENSION.get(file.suffix.lower(), Format.STIX)
    with private_files.replacing(file) as written:
        if local:
            count = _write(session, written, format, contents.signals(session.profile.state / FILE))
        else:
            with session.exchange() as exchange:
                count = _write(session, written, format, _from_feed(exchange, links=format is Format.STIX))
    session.output.record({"file": str(file), "format": format.value, "signals": count})


def _write(session: Session, file: TextIO, format: Format, signals: Iterator[dict[str, Any]]) -> int:
    if format is Format.STIX:
        return stix.write(file, signals)
    if format is Format.JSONL:
        return jsonl.write(file, signals)
    written = csv.write(file, signals)
    if written.defused:
        session.output.note(f"{written.defused:,} cells begin with an apostrophe, or spreadsheets would run them.")
    return written.signals


def _from_feed(exchange: Exchange, *, links: bool) -> Iterator[dict[str, Any]]:
    """Each signal once, as it is when the page with it is read; with all links at it if wanted.

    Raises: NotReady if what may be seen changes at once meanwhile.
    """
    scopes = _without_tags(exchange.ask(operations.viewer())["scopes"])
    told: set[str] = set()
    after: str | None = None
    while True:
        found = exchange.ask(operations.changes(after, scopes=scopes, links=links))
        if must_resync(found):
            raise NotReady("What you may see changed at once meanwhile: run the same again.")
        page = cast(ChangePage, found)
        for item in page["items"]:
            if item["signal"] is not None and item["signalId"] not in told:
                told.add(item["signalId"])
                all_links = {"links": list(_links(exchange, item, scopes))} if links else {}
                yield {"id": item["signalId"], **item["signal"], **all_links}
        if page["caughtUp"]:
            return
        after = page["endCursor"]


def _links(exchange: Exchange, item: SignalChange, scopes: Collection[str]) -> Iterator[SignalLink]:
    """The page of the feed has the first ones."""
    at: LinkedSignal | ChangedSignal | None = item["signal"]
    while at is not None:
        page = at["links"]
        yield from (edge["node"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        at = exchange.ask(operations.links_of(item["signalId"], page["pageInfo"]["endCursor"], scopes=scopes))


def _without_tags(scopes: Collection[str]) -> list[str]:
    """No format has match tags, which take the exchange long to prepare."""
    return [scope for scope in scopes if scope != "signals:match"]
