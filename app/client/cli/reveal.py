"""`lantern reveal`: gets values that point at persons in clear, with a record that their contributors read."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from .. import operations
from ..answers import RevealedValue
from ..errors import Misconfigured, NotReady
from ..replica.database import FILE, usable
from ..replica.store import Store
from ..vocabulary import Purpose
from . import exits
from .session import Session


def reveal(
    context: typer.Context,
    signals: Annotated[list[str], typer.Argument(help="Ids of signals.")],
    purpose: Annotated[str, typer.Option(help=f"What for: {', '.join(get_args(Purpose))}.")],
    text: Annotated[str, typer.Option(help="The same in words, for those who contributed them.")],
    case: Annotated[str | None, typer.Option(help="Id of the case that it is for.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Print them; else they are only kept.")] = False,
) -> None:
    """Reveal values. Each one is recorded and told to its contributors; it is kept until its signal goes."""
    session = Session.of(context)
    if purpose not in get_args(Purpose):
        raise Misconfigured(f"--purpose is one of {', '.join(get_args(Purpose))}.")
    file = session.profile.state / FILE
    if not file.exists() and not show:
        raise NotReady("There is no replica to keep the values in: run `lantern sync`, or say --show.")
    missing = False
    with session.exchange() as exchange:
        for start in range(0, len(signals), operations.MAX_REVEALED):
            some = signals[start : start + operations.MAX_REVEALED]
            answer = exchange.ask(operations.reveal(some, cast(Purpose, purpose), text, case))
            found = [value for value in answer if value is not None]
            missing = missing or len(found) < len(some)
            # First what was told already, as keeping it may fail.
            columns = ("signal", "record", "value") if show else ("signal", "record")
            rows = ({"signal": f["signal"]["id"], "record": f["recordId"], "value": f["value"]} for f in found)
            session.output.rows(columns, rows)
            if file.exists():
                _keep(file, found)
    if missing:
        session.output.note("Some of these signals do not exist, or you may not see them.")
        raise typer.Exit(exits.SOME_REJECTED)


def _keep(file: Path, found: Iterable[RevealedValue]) -> None:
    """Raises: NotReady."""
    with usable():
        store = Store.open(file)
        try:
            store.keep_revealed(found)
        finally:
            store.close()
