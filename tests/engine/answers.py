"""Whether two answers are the same: byte for byte, once keys are in one order, and errors too."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from tests.engine import graph
from tests.engine.servers import Answer
from tests.engine.tree import TYPENAME, Asked, Field, Selection, Spread, typename_keys

Path = tuple[str | int, ...]


def differences(asked: Asked, standard: Answer, compiled: Answer) -> list[str]:
    """What the compiled answer has otherwise than the standard one, and what is wrong with either."""
    found = [
        f"{what}: {one!r} is {other!r} when compiled"
        for what, one, other in (
            ("status", standard.status, compiled.status),
            ("media type", standard.media_type, compiled.media_type),
        )
        if one != other
    ]
    if canonical(standard) != canonical(compiled) and not differ_in_choice(standard, compiled):
        found += list(_apart(comparable(standard), comparable(compiled), ()))[:5]
    for name, answer in (("standard", standard), ("compiled", compiled)):
        found += [f"{name} {fault}" for fault in faults(asked, answer)]
    return found


def canonical(answer: Answer) -> bytes:
    return orjson.dumps(comparable(answer), option=orjson.OPT_SORT_KEYS)


def comparable(answer: Answer) -> dict[str, Any]:
    """Fields run side by side, so errors come in any order; budgets depend on what was asked of each before."""
    content = answer.content
    if "extensions" in content:
        content["extensions"]["cost"].pop("throttleStatus", None)
    if "errors" in content:
        content["errors"] = sorted(content["errors"], key=orjson.dumps)
    return content


def differ_in_choice(standard: Answer, compiled: Answer) -> bool:
    """Whether they differ only in which of several errors they tell.

    Where null goes up to a common parent, the first error ends what else is under it, and which is first is for the
    clock to say: the standard executor differs from itself in this.
    """
    one, other = comparable(standard), comparable(compiled)
    if not one.get("errors") or one == other:
        return False
    return [chosen(one), one.get("data")] == [chosen(other), other.get("data")]


def chosen(content: dict[str, Any]) -> list[bytes]:
    """The errors, of those that null went up from only where it ended."""
    found = set()
    for error in content.get("errors", ()):
        path, ended = error.get("path"), nulled(content.get("data"), error.get("path") or [])
        went_up = path is not None and len(ended) < len(path)
        found.add(orjson.dumps({"nulled": ended} if went_up else error, option=orjson.OPT_SORT_KEYS))
    return sorted(found)


def nulled(data: Any, path: Sequence[str | int]) -> Sequence[str | int]:
    """As much of the path as leads to a null."""
    for place, part in enumerate(path):
        if data is None:
            return path[:place]
        there = part in data if isinstance(data, dict) else isinstance(data, list) and int(part) < len(data)
        if not there:
            break
        data = data[part]
    return path


def faults(asked: Asked, answer: Answer) -> Iterator[str]:
    """What no answer may have, whatever was asked."""
    content = answer.content
    for error in content.get("errors", ()):
        if "requestId" in error["extensions"] or error["message"] == "Unexpected error.":
            yield f"has an unexpected error at {error.get('path')}"
    if answer.status >= 500:
        yield f"has the status {answer.status}"
    if set(content) not in ({"data", "extensions"}, {"errors", "data", "extensions"}, {"errors"}):
        yield f"has the members {list(content)}"
    if content.get("data") is not None:
        yield from _order(asked.chosen.children, content["data"], asked.chosen.root, asked.chosen.meant)


# --- The order of keys ------------------------------------------------------------------------------------------------


def collected(selections: Sequence[Selection], type_: str, meant: Mapping[str, Any]) -> dict[str, list[Field]]:
    """What is asked of an object of this type, by name in the order in which it is written."""
    found: dict[str, list[Field]] = {}
    for one in selections:
        if not one.condition.passes(meant):
            continue
        if isinstance(one, Field):
            found.setdefault(one.key, []).append(one)
            continue
        on = one.fragment.on if isinstance(one, Spread) else one.on
        if not on or type_ in graph.objects_of(on):
            within = one.fragment.children if isinstance(one, Spread) else one.children
            for key, fields in collected(within, type_, meant).items():
                found.setdefault(key, []).extend(fields)
    return found


def type_of(selections: Sequence[Selection], parent: str, value: dict[str, Any]) -> str:
    """Of an object that was answered; empty where it cannot be known."""
    if not graph.is_abstract(parent):
        return parent
    # Another field can have one of these names on another type, but no value that is the name of a type of ours.
    told = {value[key] for key in typename_keys(selections) if isinstance(value.get(key), str)}
    known = told & graph.objects_of(parent)
    return known.pop() if len(known) == 1 else ""


def _order(
    selections: Sequence[Selection], value: Any, parent: str, meant: Mapping[str, Any], path: Path = ()
) -> Iterator[str]:
    """The specification: an object's keys come in the order in which they are asked for."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _order(selections, item, parent, meant, (*path, place))
        return
    if value is None:
        return
    if not isinstance(value, dict):
        yield f"has {_short(value)} where an object was asked for at {path}"
        return
    type_ = type_of(selections, parent, value)
    if not type_:
        return
    asked = collected(selections, type_, meant)
    if list(value) != list(asked):
        yield f"has {list(value)} where {list(asked)} was asked for at {path}"
        return
    for key, fields in asked.items():
        if fields[0].leads_to and not fields[0].leads_to.startswith("__"):
            children = [child for field in fields for child in field.children]
            yield from _order(children, value[key], fields[0].leads_to, meant, (*path, key))


def _apart(one: Any, other: Any, path: Path) -> Iterator[str]:
    """Where two contents differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key, value in one.items():
            yield from _apart(value, other[key], (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (value, others) in enumerate(zip(one, other, strict=True)):
            yield from _apart(value, others, (*path, place))
    elif type(one) is not type(other) or one != other:
        yield f"at {'.'.join(map(str, path))}: {_short(one)} is {_short(other)} when compiled"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}… ({len(text)} characters)"


__all__ = ["TYPENAME", "canonical", "collected", "comparable", "differences", "faults", "type_of"]
