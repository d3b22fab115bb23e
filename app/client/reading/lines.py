"""The lines of a file, one after the other, each with its number and where it begins; no line takes much memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from .rows import Place

# Bytes. The longest row that can be uploaded, a value and a context in escapes, is far shorter.
LINE_LIMIT: Final = 1 << 20

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    # Where it begins, and where the next one does.
    offset: int
    end: int
    # Without the mark at the beginning of a file, with the line end; None if it is longer than `LINE_LIMIT`.
    data: bytes | None

    def place(self, part: int = 0) -> Place:
        return Place(self.number, self.offset, part)


def lines(file: BinaryIO, start: Place | None = None) -> Iterator[Line]:
    """The lines from the one on that `start` stands in, or all."""
    number, offset = (start.number, start.offset) if start else (1, 0)
    file.seek(offset)
    while data := file.readline(LINE_LIMIT + 1):
        end = offset + len(data)
        if len(data) > LINE_LIMIT:
            end += 0 if data.endswith(b"\n") else _skip(file)
            yield Line(number, offset, end, None)
        else:
            yield Line(number, offset, end, data.removeprefix(BYTE_ORDER_MARK) if offset == 0 else data)
        number, offset = number + 1, end


def _skip(file: BinaryIO) -> int:
    """Read on to the end of the line; the bytes passed over."""
    size = 0
    while data := file.readline(LINE_LIMIT):
        size += len(data)
        if data.endswith(b"\n"):
            break
    return size
