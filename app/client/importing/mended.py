"""The items of a source, where it is a file of rejected rows without what was wrong with them before."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Final

import orjson

from ..reading import json_lines
from ..reading.formats import Format, Source
from ..reading.rows import Item, Place, SourceRow

# The key of JSON Lines under which a rejected row tells why; no field of a signal.
PROBLEM: Final = "problem"


def rows(source: Source, after: Place | None = None) -> Iterator[Item]:
    """As `Source.rows`."""
    items = source.rows(after)
    return (_without_problem(item, source) for item in items) if source.format is Format.JSON_LINES else items


def _without_problem(item: Item, source: Source) -> Item:
    """The reader takes no key that it does not know, so a row with this one is read once more."""
    if not isinstance(item, SourceRow) or item.problem is None:
        return item
    if not isinstance(item.original, Mapping) or PROBLEM not in item.original:
        return item
    said = orjson.dumps({key: one for key, one in item.original.items() if key != PROBLEM})
    (found,) = json_lines.read(BytesIO(said), source.instructions, None)
    return replace(found, place=item.place)
