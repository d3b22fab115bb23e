"""JSON documents, read a part at a time; what is damaged says after how many items."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import ijson

from .lines import BYTE_ORDER_MARK
from .rows import UnreadableFile

# Objects and lists inside each other. What the formats need is less than ten.
_DEPTH_LIMIT: Final = 64

Event = tuple[str, str, Any]
"""The path of a value such as `objects.item.type`, what begins, ends or stands there, and the value."""


def parts(file: BinaryIO, path: str) -> Iterator[Any]:
    """The values at a path such as `objects.item`, from the beginning of the document.

    Raises: UnreadableFile.
    """
    count = 0
    try:
        for _, value in built(events(file), frozenset({path})):
            count += 1
            yield value
    except UnreadableFile as error:
        raise UnreadableFile(f"After item {count:,}: {error}") from None


def built(told: Iterator[Event], paths: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """The values at these paths, of which none stands inside another's."""
    builder: ijson.ObjectBuilder | None = None
    building = ""
    for path, event, value in told:
        if builder is None and path in paths:
            builder, building = ijson.ObjectBuilder(), path
        if builder is not None:
            builder.event(event, value)
            if path == building and event not in ("start_map", "start_array", "map_key"):
                yield building, builder.value
                builder = None


def events(file: BinaryIO) -> Iterator[Event]:
    """As the library's own `parse`, which takes quadratic time where a document is deep.

    Raises: UnreadableFile.
    """
    keys: list[str] = []
    try:
        for event, value in ijson.basic_parse(_begun(file), use_float=True):
            if event == "map_key":
                keys[-1] = value
                yield ".".join(keys[:-1]), event, value
            elif event in ("start_map", "start_array"):
                yield ".".join(keys), event, value
                keys.append("item" if event == "start_array" else "")
                if len(keys) > _DEPTH_LIMIT:
                    raise UnreadableFile(f"More than {_DEPTH_LIMIT} objects or lists inside each other.")
            else:
                if event in ("end_map", "end_array"):
                    keys.pop()
                yield ".".join(keys), event, value
    except (ijson.JSONError, UnicodeDecodeError):
        raise UnreadableFile("This is no JSON in UTF-8, or the file is damaged or cut off: fetch it again.") from None


def _begun(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
        file.seek(0)
    return file
