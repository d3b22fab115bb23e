"""`lantern sync`: brings the replica up to date, once or for as long as it runs."""

import gc
import sys
import time
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from ..errors import ClientError, Unexpected
from ..exchange import Exchange
from ..replica import Progress
from ..replica import sync as synchronise
from ..replica.database import FILE
from . import exits
from .session import Session


def sync(
    context: typer.Context,
    follow: Annotated[
        bool, typer.Option("--follow/--once", help="Go on until stopped, rather than until there is no more.")
    ] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks while following.")] = 30.0,
) -> None:
    """Keep a local copy of all that you may see; what goes out of your sight is deleted from it at once."""
    session = Session.of(context)
    # A page is twenty thousand objects without a cycle among them: to look for one as often as usual takes a tenth of
    # the time.
    gc.set_threshold(30_000, 20, 20)
    # A page is written while the next one is read: at the usual 5 ms each part of it would wait that long for its turn.
    sys.setswitchinterval(0.0005)
    with session.exchange() as exchange:
        is_told = False
        while True:
            try:
                found = _once(session, exchange)
            except ClientError as error:
                # Whoever follows may be started before the exchange is there, or read what a proxy answers meanwhile.
                if not follow or (exits.of_error(error) != exits.LATER and not isinstance(error, Unexpected)):
                    raise
                session.output.note(str(error))
            else:
                if not is_told or found.signals or found.removed or found.restarts:
                    _tell(session, found)
                is_told = True
            if not follow:
                return
            time.sleep(every)


def _once(session: Session, exchange: Exchange) -> Progress:
    notes = session.output.notes
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Reading the feed")

        def watch(progress: Progress) -> None:
            bar.update(task, description=f"{progress.signals:,} signals, {progress.removed:,} removed")

        return synchronise(exchange, session.profile.state / FILE, session.profile.match_key, watch)


def _tell(session: Session, found: Progress) -> None:
    session.output.record(
        {"signals": found.signals, "removed": found.removed, "read_anew": found.restarts, "seconds": found.seconds}
    )
