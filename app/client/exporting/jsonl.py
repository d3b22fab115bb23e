"""Signals as JSON Lines: each as the exchange told it."""

from collections.abc import Iterable
from typing import TextIO

import orjson

from ...rules.stix.names import Answer


def write(file: TextIO, signals: Iterable[Answer]) -> int:
    """Write a line for each signal, and say how many there were."""
    count = 0
    for signal in signals:
        file.write(orjson.dumps(signal).decode() + "\n")
        count += 1
    return count
