"""Compiled applications that are wrong in one thing each: the comparison has to notice every one of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Content = dict[str, Any]
"""An answer as JSON has it."""


def nothing(_: pytest.MonkeyPatch) -> None:
    """Leaves the program as it is."""


def as_it_is(content: Content) -> Content:
    return content


@dataclass(frozen=True)
class Mutant:
    """`patch` changes the compiler, before its application is built; `tamper` changes what any application answers.

    `aim` is a field that shows it, by coordinate: the documents try to reach it.
    """

    name: str
    patch: Callable[[pytest.MonkeyPatch], None] = nothing
    tamper: Callable[[Content], Content] = as_it_is
    status: int | None = None
    aim: str = ""

    def __str__(self) -> str:
        return self.name

    def around(self, application: ASGIApp) -> ASGIApp:
        if self.tamper is as_it_is and self.status is None:
            return application
        return Tampered(application, self.tamper, self.status)


@dataclass
class _Held:
    """An answer on its way."""

    start: Message = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


@dataclass(frozen=True)
class Tampered:
    """An application whose answers are changed before anybody reads them."""

    application: ASGIApp
    tamper: Callable[[Content], Content]
    status: int | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        held = _Held()
        await self.application(scope, receive, held.send)
        body = orjson.dumps(self.tamper(orjson.loads(held.body)))
        headers = [(name, value) for name, value in held.start["headers"] if name != b"content-length"]
        start = {**held.start, "headers": headers}
        await send(start | ({"status": self.status} if self.status else {}))
        await send({"type": "http.response.body", "body": body})


# --- What can be wrong with an answer ---------------------------------------------------------------------------------


def lists(value: Any, least: int) -> Iterator[list[Any]]:
    """The lists of objects within, of this length or longer."""
    if isinstance(value, list):
        if len(value) >= least and all(isinstance(item, dict) for item in value):
            yield value
        for item in value:
            yield from lists(item, least)
    elif isinstance(value, dict):
        for part in value.values():
            yield from lists(part, least)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(part)


def one_less(content: Content) -> Content:
    """A predicate too many: one object of a list is missing."""
    for found in lists(content.get("data"), 1):
        found.pop()
        break
    return content


def one_more(content: Content) -> Content:
    """A predicate too few: something is told that was hidden."""
    for found in lists(content.get("data"), 1):
        found.append(found[0])
        break
    return content


def a_page_later(content: Content) -> Content:
    """Off by one: pages begin with their second item."""
    for found in lists(content.get("data"), 2):
        found.pop(0)
        break
    return content


def in_another_order(content: Content) -> Content:
    for found in lists(content.get("data"), 2):
        if found[0] != found[-1]:
            found.reverse()
            break
    return content


def columns_swapped(content: Content) -> Content:
    """Two texts of one object stand for each other."""
    for found in objects(content.get("data")):
        texts = [key for key, value in found.items() if isinstance(value, str)]
        if len({found[key] for key in texts}) > 1:
            one, other = texts[0], next(key for key in texts if found[key] != found[texts[0]])
            found[one], found[other] = found[other], found[one]
            break
    return content


def null_swallowed(content: Content) -> Content:
    """As `concat()` does with JSON: what is null is not there at all."""
    for found in objects(content.get("data")):
        if None in found.values():
            del found[next(key for key, value in found.items() if value is None)]
            break
    return content


def _each_value(content: Content, changed: Callable[[Any], Any]) -> Content:
    """The first value that can be changed."""
    for found in objects(content.get("data")):
        for key, value in found.items():
            if changed(value) != value or type(changed(value)) is not type(value):
                found[key] = changed(value)
                return content
    return content


def null_as_text(content: Content) -> Content:
    return _each_value(content, lambda value: "" if value is None else value)


def null_as_nothing(content: Content) -> Content:
    return _each_value(content, lambda value: [] if value is None else value)


def nothing_as_null(content: Content) -> Content:
    return _each_value(content, lambda value: None if value == [] else value)


def number_as_text(content: Content) -> Content:
    return _each_value(content, lambda value: str(value) if type(value) is int else value)


def truth_as_number(content: Content) -> Content:
    return _each_value(content, lambda value: int(value) if isinstance(value, bool) else value)


def truth_turned_round(content: Content) -> Content:
    return _each_value(content, lambda value: not value if isinstance(value, bool) else value)


def time_in_other_digits(content: Content) -> Content:
    """As PostgreSQL writes a time, and not as Python does."""
    return _each_value(
        content,
        lambda value: value.replace("T", " ") if isinstance(value, str) and value.endswith("+00:00") else value,
    )


def keys_in_another_order(content: Content) -> Content:
    data = content.get("data")
    return {**content, "data": dict(reversed(list(data.items())))} if data else content


def null_without_error(content: Content) -> Content:
    return {"data": content.get("data")} if "errors" in content else content


def error_elsewhere(content: Content) -> Content:
    """Beside the path, or before the field."""
    for error in content.get("errors", ()):
        if "path" in error:
            error["path"] = error["path"][:-1]
        for place in error.get("locations", ()):
            place["column"] += 1
    return content


def more_partial_data(content: Content) -> Content:
    """An object where null should have gone up further."""
    if content.get("errors") and content.get("data", "") is None:
        content["data"] = {}
    return content


TAMPERING = (
    one_less,
    one_more,
    a_page_later,
    in_another_order,
    columns_swapped,
    null_swallowed,
    null_as_text,
    null_as_nothing,
    nothing_as_null,
    number_as_text,
    truth_as_number,
    truth_turned_round,
    time_in_other_digits,
    keys_in_another_order,
    null_without_error,
    error_elsewhere,
    more_partial_data,
)

TAMPERED: tuple[Mutant, ...] = (
    *(Mutant(tamper.__name__.replace("_", " "), tamper=tamper) for tamper in TAMPERING),
    Mutant("another status", status=203),
)
