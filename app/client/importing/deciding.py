"""What a file says of a value for which it has several rows: what the last of them says that can be accepted.

All of them are sent as that one says it. So nobody sees what the file itself overrides, importing it again changes
nothing, and it does not matter which row arrives first.
"""

from array import array
from collections.abc import Collection, Iterator
from typing import TypeAlias

from ...rules.normal_forms import canonical
from ...rules.signal_types import SignalType
from ..reading.checks import check
from ..reading.formats import Source
from ..reading.rows import Draft, Place, SourceRow
from .batches import body, hints, subject
from .journal import Journal

# Where a row stands, what it is about, and what it says in JSON.
Said: TypeAlias = tuple[Place, bytes, bytes]


def look_through(source: Source, journal: Journal) -> None:
    """Read the file once before anything is sent, and once more if values are there twice; for each run once.

    A row takes eight bytes meanwhile. Raises: UnreadableFile, OSError, Unwritable.
    """
    if not journal.is_looked_through:
        repeated = _repeated(source)
        journal.keep_said(_said(source, repeated) if repeated else ())


def _drafts(source: Source) -> Iterator[tuple[Place, Draft]]:
    return ((item.place, item.draft) for item in source.rows() if isinstance(item, SourceRow) and item.draft)


def _repeated(source: Source) -> Collection[int]:
    """Subjects of more than one row; by chance perhaps one of a single row."""
    import numpy  # noqa: PLC0415 - takes long, and only importing needs it

    subjects = numpy.asarray(array("q", (subject(draft) for _, draft in _drafts(source))), dtype=numpy.int64)
    subjects.sort()
    return set(subjects[1:][subjects[1:] == subjects[:-1]].tolist())


def _said(source: Source, repeated: Collection[int]) -> Iterator[Said]:
    for place, draft in _drafts(source):
        if subject(draft) in repeated and check(draft) is None:
            form = canonical(SignalType(draft.type), draft.value, hints(draft))
            yield place, f"{form.type}\x00{form.identity}".encode(), body(draft)
