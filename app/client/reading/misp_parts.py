"""The parts of MISP events in a JSON document, one after the other, and what each event says of all of its parts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from .documents import Event, built, events
from .rows import UnreadableFile

# Where events stand: alone, in what a server answers, or in a list; `""` is one without its name around it.
_ROOTS: Final = frozenset({"Event", "response.item.Event", "response.Event", "item.Event"})

_OBJECT: Final = "Object.item"
_PARTS: Final = frozenset({"Attribute.item", _OBJECT})


@dataclass(slots=True)
class EventHead:
    """What an event says of itself, which may stand behind its attributes."""

    tags: list[str] = field(default_factory=list)
    distribution: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """An attribute, or an object with its attributes, and the number of its event, from 0."""

    event: int
    is_object: bool
    body: Any


def root_of(file: BinaryIO) -> str:
    """Raises: UnreadableFile if there is no event."""
    is_bare = False
    for prefix, event, _ in events(file):
        if event == "start_map" and prefix in _ROOTS:
            return prefix
        is_bare = is_bare or (event == "start_array" and prefix in ("Attribute", "Object"))
    if not is_bare:
        raise UnreadableFile("Expected a MISP event: a JSON object with `Event`, as a server answers or exports it.")
    return ""


def heads(file: BinaryIO, root: str) -> list[EventHead]:
    found: list[EventHead] = []
    for number, path, _, value in _walk(file, root):
        if number == len(found):
            found.append(EventHead())
        if path == "Tag.item.name":
            found[-1].tags.append(str(value))
        elif path == "distribution":
            found[-1].distribution = str(value)
    return found


def parts(file: BinaryIO, root: str) -> Iterator[Part]:
    number = 0

    def inside() -> Iterator[Event]:
        nonlocal number
        for number, path, event, value in _walk(file, root):  # noqa: B007  # the part that is built is of this event
            yield path, event, value

    for path, body in built(inside(), _PARTS):
        yield Part(number, path == _OBJECT, body)


def _walk(file: BinaryIO, root: str) -> Iterator[tuple[int, str, str, Any]]:
    """The number of the event, the path in it, and what comes there."""
    number = -1
    inside = f"{root}." if root else ""
    for prefix, event, value in events(file):
        if prefix == root and event == "start_map":
            number += 1
        if number >= 0 and prefix.startswith(inside):
            yield number, prefix.removeprefix(inside), event, value
