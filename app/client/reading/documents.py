"""JSON documents, read a part at a time; what is damaged says after how many items."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import ijson

from .lines import BYTE_ORDER_MARK
from .rows import UnreadableFile

# Objects and lists inside each other. What the formats need is less than ten.
_DEPTH_LIMIT: Final = 64
# Bytes of one item, and of what stands between two brackets, commas or colons; a packed file of one text that is never
# closed unpacks to more than there is memory.
_ITEM_LIMIT: Final = 16 * 1024 * 1024
# Bytes that an item counts for each part of it, beside the texts.
_PART: Final = 64
_TOO_LARGE: Final = f"One item, or a text in it, has more than {_ITEM_LIMIT:,} bytes."

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
    building, size = "", 0
    for path, event, value in told:
        if builder is None and path in paths:
            builder, building, size = ijson.ObjectBuilder(), path, 0
        if builder is not None:
            size += _PART + (len(value) if isinstance(value, str) else 0)
            if size > _ITEM_LIMIT:
                raise UnreadableFile(_TOO_LARGE)
            builder.event(event, value)
            if path == building and event not in ("start_map", "start_array", "map_key"):
                yield building, builder.value
                builder = None


def events(file: BinaryIO) -> Iterator[Event]:
    """As the library's own `parse`, which takes quadratic time where a document is deep.

    Raises: UnreadableFile.
    """
    keys: list[str] = []
    rationed = _Rationed(_begun(file))
    try:
        for event, value in ijson.basic_parse(rationed, use_float=True):
            rationed.left = _ITEM_LIMIT
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


@dataclass(slots=True)
class _Rationed:
    """A file of which so much is read until the parser has told something of it."""

    file: BinaryIO
    left: int = _ITEM_LIMIT

    def read(self, size: int = -1) -> bytes:
        if self.left < 0:
            raise UnreadableFile(_TOO_LARGE)
        data = self.file.read(size)
        self.left -= len(data)
        return data


def _begun(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
        file.seek(0)
    return file
