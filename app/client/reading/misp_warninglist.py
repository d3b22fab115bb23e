"""MISP warning lists: entries for the operator's guard lists, or, if so asked, values one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from ...errors import InvalidInput, Refusal
from ...rules import guards
from ..vocabulary import GuardList
from .documents import events, parts
from .drafting import Instructions
from .plain_list import listed
from .problems import BadRow, Trouble, bad
from .rows import GuardEntry, Item, Place, RowProblem, SourceRow, UnreadableFile

# What entries have to be for a guard list, which compares whole values: networks, names, addresses and numbers.
_KINDS: Final = frozenset({"cidr", "hostname", "string"})

_ADDRESSES: Final = frozenset({"ip-src", "ip-dst", "ip-src|port", "ip-dst|port"})
_SITES: Final = frozenset({"domain", "hostname", "url", "uri", "hostname|port"})
_NUMBERS: Final = frozenset({"phone-number", "whois-registrant-phone"})
_MAILBOXES: Final = frozenset({"email", "email-src", "email-dst", "target-email", "whois-registrant-email"})


@dataclass(slots=True)
class _Head:
    """What a list says of itself, which may stand behind its entries."""

    name: str = ""
    kind: str = ""
    attributes: set[str] = field(default_factory=set)
    has_entries: bool = False

    @property
    def guard_list(self) -> GuardList | None:
        """None if no guard list compares what this list is matched with, such as hashes."""
        if self.attributes & (_ADDRESSES | _SITES | _NUMBERS):
            return "SHARED_INFRASTRUCTURE"
        return "ROLE_ADDRESSES" if self.attributes & _MAILBOXES else None


def read(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    """Each entry is an item: a guard entry, or the problem why no guard list holds it."""
    head = _head(file)
    for number, entry in enumerate(parts(file, "list.item"), 1):
        if start is None or number > start.number:
            try:
                yield _guard_entry(Place(number), entry, head, instructions)
            except BadRow as error:
                yield SourceRow(Place(number), None, error.problem, None, _text(entry))


def read_values(file: BinaryIO, instructions: Instructions, start: Place | None) -> Iterator[Item]:
    """The same file as a plain list, for those who share what somebody else warns of."""
    _head(file)
    for number, entry in enumerate(parts(file, "list.item"), 1):
        if start is None or number > start.number:
            try:
                if not isinstance(entry, str) or not entry.strip():
                    raise bad(Refusal.EMPTY)
                yield listed(Place(number), entry.strip(), instructions)
            except BadRow as error:
                yield SourceRow(Place(number), None, error.problem, None, _text(entry))


def _text(entry: Any) -> str | None:
    return entry if isinstance(entry, str) else None


def _head(file: BinaryIO) -> _Head:
    head = _Head()
    for prefix, event, value in events(file):
        if prefix == "list" and event == "start_array":
            head.has_entries = True
        elif event == "string" and prefix == "name":
            head.name = value
        elif event == "string" and prefix == "type":
            head.kind = value
        elif event == "string" and prefix == "matching_attributes.item":
            head.attributes.add(value)
    if not head.has_entries or not head.kind:
        raise UnreadableFile("Expected a MISP warning list: a JSON object with `list` and `type`.")
    return head


def _guard_entry(place: Place, entry: Any, head: _Head, instructions: Instructions) -> GuardEntry:
    """Raises: BadRow."""
    guard_list = instructions.options.guard_list or head.guard_list
    if not isinstance(entry, str) or head.kind not in _KINDS or guard_list is None:
        raise bad(Trouble.UNSUPPORTED_ENTRY)
    # The names below `.example.net` are not guarded, only itself: guard lists compare whole names.
    text = entry.strip().removeprefix(".")
    # A name among mailboxes would be taken for the part before an `@`.
    if guard_list == "ROLE_ADDRESSES" and "@" not in text:
        raise bad(Trouble.UNSUPPORTED_ENTRY)
    try:
        guards.guard_entry(guards.GuardList(guard_list), text)
    except InvalidInput as error:
        raise BadRow(RowProblem(error.reason.value, error.message, "entries")) from None
    return GuardEntry(place, guard_list, head.name, text)
