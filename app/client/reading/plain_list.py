"""Lists of values, one a line, defanged or not; and those of maltrail, whose values are what is seen in traffic."""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final

from ...errors import Refusal
from .drafting import Instructions, draft_of
from .guessing import Told, told, typed
from .lines import Line, lines
from .problems import BadRow, Trouble, bad, problem
from .rows import Item, Place, SourceRow

# A remark behind a value. A word or a name may hold a `#` itself.
_REMARK = re.compile(r"\s+#.*")
_WITHOUT_REMARKS: Final = frozenset({"KEYWORD", "USERNAME", "ACCOUNT_ID"})

_Teller = Callable[[str], Told | None]


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    return _rows(file, instructions, start, told)


def read_maltrail(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    return _rows(file, instructions, start, _told_of_traffic)


def _told_of_traffic(text: str) -> Told | None:
    """Maltrail names pages without their scheme, as its sensors see plain HTTP."""
    host, slash, _ = text.partition("/")
    if slash and host and ":/" not in text and (found := told(host)) and found.type in ("DOMAIN", "IP_ADDRESS"):
        return Told("URL", f"http://{text}")
    return told(text)


def _rows(file: BinaryIO, instructions: Instructions, start: Place | None, teller: _Teller) -> Iterator[Item]:
    for line in lines(file, start):
        if line.data is None:
            yield SourceRow(line.place(), None, problem(Refusal.TOO_LONG), None, None)
            continue
        text = line.data.decode(errors="replace").strip()
        if text and not text.startswith("#"):
            yield _row(line, text, instructions, teller)


def _row(line: Line, text: str, instructions: Instructions, teller: _Teller) -> SourceRow:
    try:
        if "\ufffd" in text:
            raise bad(Refusal.NOT_UNICODE)
        return listed(line.place(), text, instructions, teller)
    except BadRow as error:
        return SourceRow(line.place(), None, error.problem, None, text)


def listed(place: Place, text: str, instructions: Instructions, teller: _Teller = told) -> SourceRow:
    """The row of one value that stands alone.

    Raises: BadRow.
    """
    type = instructions.defaults.fields.get("type")
    bare = text if type in _WITHOUT_REMARKS else _REMARK.sub("", text)
    found = typed(type, bare) if type else teller(bare)
    if found is None:
        raise bad(Trouble.UNCLEAR_TYPE, "type")
    return SourceRow(place, draft_of(said_of(found, instructions), instructions), None, None, text)


def said_of(found: Told, instructions: Instructions) -> dict[str, Any]:
    """What a value with a port says: the address or the name, and in words for reviewers the port."""
    said: dict[str, Any] = {"type": found.type, "value": found.value}
    if found.port:
        context = instructions.defaults.fields.get("context")
        port = f"Seen at port {found.port}."
        said["context"] = f"{context}\n{port}" if context else port
    return said
