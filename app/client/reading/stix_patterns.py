"""STIX patterns that are values: one comparison, or several of which each is enough, some with what goes with them."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final, TypeAlias

from .problems import Trouble, bad

# Characters. The grammar's own parser takes long, and no list of alternatives that people write is longer.
_PATTERN_LIMIT: Final = 20_000

_COMPARISON = r"\s*(?P<path>[a-z0-9-]+:[^=<>!\s\[\]()]+)\s*=\s*'(?P<value>(?:[^'\\]|\\.)*)'\s*"
# The common kind, which needs no parser: `[a:b = 'c' OR d:e = 'f'] OR [g:h = 'i']`.
_FIRST = re.compile(rf"\s*\[{_COMPARISON}")
_NEXT = re.compile(rf"(?:OR\b|\]\s*OR\s*\[){_COMPARISON}")
_PAIR = re.compile(rf"\s*\[{_COMPARISON}AND\b{_COMPARISON.replace('path', 'path2').replace('value', 'value2')}\]\s*")
_LAST = re.compile(r"\]\s*")

# The library (3.0.2) reads `NOT IN` as `IN`, so nothing with a NOT outside its texts is left to it.
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_NOT = re.compile(r"\bNOT\b", re.IGNORECASE)

Comparison: TypeAlias = tuple[str, str]
"""The path of an object's property, and the text that it equals."""

Alternative: TypeAlias = tuple[Comparison, ...]
"""Comparisons that hold together."""


def alternatives(pattern: str) -> list[Alternative]:
    """What each is enough.

    Raises: BadRow if the pattern says anything else.
    """
    found = _plain(pattern)
    if found is None:
        if len(pattern) > _PATTERN_LIMIT or _NOT.search(_TEXT.sub("", pattern)):
            raise bad(Trouble.UNSUPPORTED_PATTERN)
        found = _parsed(pattern)
    return list(dict.fromkeys(found))


def _plain(pattern: str) -> list[Alternative] | None:
    pair = _PAIR.fullmatch(pattern)
    if pair:
        return [((pair["path"], _unescaped(pair["value"])), (pair["path2"], _unescaped(pair["value2"])))]
    matched = _FIRST.match(pattern)
    found: list[Alternative] = []
    position = 0
    while matched:
        found.append(((matched["path"], _unescaped(matched["value"])),))
        position = matched.end()
        matched = _NEXT.match(pattern, position)
    return found if found and _LAST.fullmatch(pattern, position) else None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def _parsed(pattern: str) -> list[Alternative]:
    # Loaded only where it is needed: it is large.
    visitor = import_module("stix2.pattern_visitor")
    try:
        tree = visitor.create_pattern_object(pattern)
    except Exception:  # the library raises its parser's own errors, `RecursionError`, and some by mistake
        raise bad(Trouble.UNSUPPORTED_PATTERN) from None
    return list(_alternatives(tree))


def _alternatives(tree: Any) -> Iterator[Alternative]:
    """Raises: BadRow for everything that is no alternative."""
    kind = type(tree).__name__
    if kind == "ParentheticalExpression":
        yield from _alternatives(tree.expression)
    elif kind == "ObservationExpression":
        yield from _alternatives(tree.operand)
    elif kind in ("OrBooleanExpression", "OrObservationExpression"):
        for operand in tree.operands:
            yield from _alternatives(operand)
    elif kind == "AndBooleanExpression":
        yield tuple(_equality(operand) for operand in tree.operands)
    elif kind == "InComparisonExpression" and not tree.negated:
        for value in tree.rhs.value:
            yield ((str(tree.lhs), _text(value)),)
    else:
        yield (_equality(tree),)


def _equality(tree: Any) -> Comparison:
    if type(tree).__name__ != "EqualityComparisonExpression" or tree.negated:
        raise bad(Trouble.UNSUPPORTED_PATTERN)
    return str(tree.lhs), _text(tree.rhs)


def _text(value: Any) -> str:
    if type(value).__name__ != "StringConstant":
        raise bad(Trouble.UNSUPPORTED_PATTERN)
    # The library leaves the escapes in.
    return _unescaped(value.value)
