"""Signals as one STIX 2.1 bundle."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TextIO
from uuid import uuid4

import orjson

from ...rules.stix import objects
from ...rules.stix.names import Answer, StixObject, id_of


def write(file: TextIO, signals: Iterable[Answer], at: datetime | None = None) -> int:
    """Write a bundle of what each signal holds, and say how many signals there were. If taking one fails, what stands
    in the file is no whole bundle.

    `at` is the moment at which the exchange told them, and the version of the objects; now by default.
    """
    count = 0
    file.write(f'{{"type":"bundle","id":"bundle--{uuid4()}","objects":[\n')
    file.write(",\n".join(map(_json, objects.STANDING)))
    told: set[str] = set()
    for signal in signals:
        for one in _once(signal, at or datetime.now(UTC), told):
            file.write(",\n" + _json(one))
        count += 1
    file.write("\n]}\n")
    return count


def _once(signal: Answer, at: datetime, told: set[str]) -> Iterator[StixObject]:
    """The objects of a signal that no other has: identities where they come first, of which `told` keeps those given,
    and links at the signal that they start at, as there are too many to keep."""
    for one in objects.of_signal(signal, at):
        if one["type"] == "identity":
            if one["id"] in told:
                continue
            told.add(one["id"])
        elif one["type"] == "relationship" and one["source_ref"] != id_of("indicator", signal["id"]):
            continue
        yield one


def _json(one: StixObject) -> str:
    return orjson.dumps(one).decode()
