"""JSON documents, read a part at a time; what is damaged says after how many items."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import ijson

from .lines import BYTE_ORDER_MARK
from .rows import UnreadableFile


def parts(file: BinaryIO, prefix: str) -> Iterator[Any]:
    """The values at a path such as `objects.item`, from the beginning of the document.

    Raises: UnreadableFile.
    """
    count = 0
    try:
        for part in ijson.items(_begun(file), prefix, use_float=True):
            count += 1
            yield part
    except (ijson.JSONError, UnicodeDecodeError, RecursionError):
        raise damaged(count) from None


def events(file: BinaryIO) -> Iterator[tuple[str, str, Any]]:
    """Raises: UnreadableFile."""
    try:
        yield from ijson.parse(_begun(file), use_float=True)
    except (ijson.JSONError, UnicodeDecodeError):
        raise damaged(0) from None


def damaged(count: int) -> UnreadableFile:
    where = f"After item {count:,}" if count else "At its beginning"
    return UnreadableFile(f"{where} this is no JSON in UTF-8 any more: the file is damaged or cut off; fetch it again.")


def _begun(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    if file.read(len(BYTE_ORDER_MARK)) != BYTE_ORDER_MARK:
        file.seek(0)
    return file
