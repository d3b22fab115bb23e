"""Reading an answer as what its type says, so that what is something else is told at once, by one kind of error."""

from collections.abc import Callable, Mapping, Sized
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict


class _Absent:
    """Of what is not there."""


_ABSENT = _Absent()
Reader = Callable[[Any], Any]
_Check = Callable[[Any], bool]


def of(kind: Any, name: str | None = None) -> Reader:
    """A reader of what was answered, or of its field of this name, which raises ValueError if it is something else.

    `kind`: a typed dictionary, a list, an alternative or a plain type. Names that a newer exchange adds to an
    enumeration pass, as its schema may grow."""
    fits = _check_of(kind)

    def read(found: Any) -> Any:
        told = found if name is None else found[name]
        if not fits(told):
            raise ValueError("of another shape")
        return told

    return read


def one_for_each(asked: Sized, kind: Any, name: str | None = None) -> Reader:
    """As `of`, of a list that must have one for each that was asked for, or nobody could tell which is whose."""
    read_list = of(list[kind], name)

    def read(found: Any) -> Any:
        told = read_list(found)
        if len(told) != len(asked):
            raise ValueError("not one for each")
        return told

    return read


@cache
def _check_of(kind: Any) -> _Check:
    plain = _plain(kind)
    if plain:
        return lambda found: type(found) in plain
    if is_typeddict(kind):
        return _fields(get_type_hints(kind), kind.__optional_keys__)
    if get_origin(kind) is list:
        of_one = _check_of(*get_args(kind))
        return lambda found: type(found) is list and all(map(of_one, found))
    checks = [_check_of(one) for one in get_args(kind)]
    return lambda found: any(check(found) for check in checks)


def _plain(kind: Any) -> frozenset[type]:
    """The classes of what needs no look inside; nothing if it does, or may."""
    origin = get_origin(kind)
    if origin is Literal:
        return frozenset({str})
    if origin is dict:
        return frozenset({dict})
    if origin in (Union, UnionType):
        each = [_plain(one) for one in get_args(kind)]
        return frozenset[type]().union(*each) if all(each) else frozenset()
    return frozenset({kind}) if kind in (str, int, bool, NoneType, _Absent) else frozenset()


def _fields(hints: Mapping[str, Any], optional: frozenset[str]) -> _Check:
    """Of a typed dictionary; what may be left out is looked at as `_ABSENT`."""
    plain: list[tuple[str, frozenset[type]]] = []
    others: list[tuple[str, _Check]] = []
    for name, kind in hints.items():
        wanted = kind | _Absent if name in optional else kind
        # A page of the feed has a thousand signals, so what is plain is looked at without a call.
        if classes := _plain(wanted):
            plain.append((name, classes))
        else:
            others.append((name, _check_of(wanted)))

    def check(found: Any) -> bool:
        if type(found) is not dict:
            return False
        for name, classes in plain:
            if type(found.get(name, _ABSENT)) not in classes:
                return False
        return all(of_one(found.get(name, _ABSENT)) for name, of_one in others)

    return check
