"""The import of one file: where it begins or goes on, its passages in their order, and how it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..exchange import AsyncExchange
from ..reading.formats import Source
from . import deciding, passes, rejected_file
from .batches import as_it_stands, batches
from .errors import FileChanged
from .identity import FileState, name_of
from .journal import Journal, Phase, usable
from .passes import Watch
from .sending import Sender


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported. `rejected`: where rows to mend go, if not beside the file."""

    source: Source
    url: str
    client_id: str
    # The directory of the journals.
    journals: Path
    rejected: Path | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`counts` by name: created, updated, unchanged, rejected, `skipped <code>`, links_created and so on."""

    counts: Mapping[str, int]
    rejected_path: Path | None
    # Whether it was finished before, so that nothing was done now.
    was_finished: bool

    @property
    def skipped(self) -> dict[str, int]:
        return {name.removeprefix("skipped "): n for name, n in self.counts.items() if name.startswith("skipped ")}

    @property
    def rejected(self) -> int:
        return self.counts.get("rejected", 0) + self.counts.get("links_rejected", 0)


async def carry_out(order: Order, exchange: AsyncExchange, watch: Watch) -> Report:
    """Import the file, or what of it is not imported yet.

    Raises: AtWork, FileChanged, Unwritable; UnreadableFile, OSError; as `AsyncExchange.ask`.
    """
    path = order.journals / f"{name_of(order.url, order.client_id, order.source)}.db"
    with usable(path), Journal(path) as journal:
        if not _begun(order, journal):
            return Report(journal.counts, journal.rejected_path, was_finished=True)
        if order.rejected and journal.rejected_path is None:
            rejected_file.checked(order.rejected)
        deciding.look_through(order.source, journal)
        for phase in (Phase.ROWS, Phase.LINKS, Phase.GUARD):
            if phase is Phase.ROWS or journal.counts.get(_COUNTED[phase]):
                await _pass(phase, order.source, journal, exchange, watch)
        if _has_changed(order, journal):
            raise FileChanged(f"{order.source.path} changed while it was read: import it with --again.")
        rejected = rejected_file.write(order.source, journal, order.rejected)
        journal.finish()
        return Report(journal.counts, rejected, was_finished=False)


# Under which name the passage of rows counts what is left for another.
_COUNTED: Mapping[Phase, str] = {Phase.LINKS: "links", Phase.GUARD: "guard_entries"}


def _begun(order: Order, journal: Journal) -> bool:
    """Whether there is anything to do. What was finished and changed since is a new import.

    Raises: FileChanged, OSError.
    """
    is_new = journal.key is None
    changed = not is_new and _has_changed(order, journal)
    if is_new or order.again or (changed and journal.is_finished):
        journal.begin(order.source.path)
    elif changed:
        raise FileChanged(
            f"{order.source.path} changed since its import began, and that is not at its end: restore the file, or "
            "begin anew with --again; what is there already stays unchanged."
        )
    return not journal.is_finished


def _has_changed(order: Order, journal: Journal) -> bool:
    assert journal.key is not None  # noqa: S101 - asked of a run that began
    return FileState.of(order.source.path, journal.key) != journal.file_state


async def _pass(phase: Phase, source: Source, journal: Journal, exchange: AsyncExchange, watch: Watch) -> None:
    assert journal.key is not None  # noqa: S101 - it began
    planned, after, number = journal.planned(phase), None, 1
    while planned and planned[0].is_done:
        done = planned.pop(0)
        after, number = done.last, done.number + 1
    decided = journal.decided if journal.has_repeated else as_it_stands
    cut = batches(source.rows(after), phase, planned, number, decided)
    await passes.carry_out(journal, cut, Sender(exchange, journal, journal.key), watch)
