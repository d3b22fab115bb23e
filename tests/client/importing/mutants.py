"""Importers with a fault, which the kill tests have to notice."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from app.client.importing.journal import Journal, Phase, Planned
from app.client.importing.sending import Sender
from app.client.reading.rows import Place


def _done_when_planned() -> None:
    """What was sent is taken for done before the answer came."""
    plan = Journal.plan

    def planned(journal: Journal, phase: Phase, number: int, last: Place) -> None:
        plan(journal, phase, number, last)
        journal._database.execute("UPDATE batches SET is_done = 1 WHERE number = ?", (number,))

    Journal.plan = planned  # type: ignore[method-assign]


def _keys_of_their_own() -> None:
    """A batch that is sent again has another idempotency key."""
    Sender._key_of = lambda *_: str(uuid4())  # type: ignore[assignment, method-assign]


def _forgets_what_is_done() -> None:
    """Going on, it sends all batches once more, though under their keys."""
    planned = Journal.planned

    def not_done(journal: Journal, phase: Phase) -> list[Planned]:
        return [replace(plan, is_done=False) for plan in planned(journal, phase)]

    Journal.planned = not_done  # type: ignore[method-assign]


def _rows_as_they_stand() -> None:
    """It sends what a later row of the file overrides."""
    Journal.decided = lambda *_: None  # type: ignore[assignment, method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    "done when planned": _done_when_planned,
    "keys of their own": _keys_of_their_own,
    "forgets what is done": _forgets_what_is_done,
    "rows as they stand": _rows_as_they_stand,
}
