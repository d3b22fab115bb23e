"""Signals as JSON Lines: each as the exchange told it."""

from collections.abc import Iterable
from typing import TextIO

import orjson

from ...rules.stix.names import Answer


def write(file: TextIO, signals: Iterable[Answer]) -> int:
    """Write a line for each signal, and say how many there were."""
    count = 0
    for count, signal in enumerate(signals, start=1):  # noqa: B007  # the last one is the answer
        file.write(orjson.dumps(signal).decode() + "\n")
    return count
