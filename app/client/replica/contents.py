"""What a replica holds, for those who read it: how far it is, and each signal."""

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ..errors import NotReady
from . import database
from .store import read_state

_SIGNALS = "SELECT id, told, revealed.value FROM signal LEFT JOIN revealed ON revealed.signal = number ORDER BY number"


def standing(file: Path) -> Mapping[str, Any]:
    """How many signals there are, and how old what is known of them is. Raises: NotReady."""
    with database.usable(), closing(database.read(file)) as replica:
        state = read_state(replica)
        (signals,) = replica.execute("SELECT count(*) FROM signal").fetchone()
    synced_at = None if state is None else state.synced_at
    return {
        "signals": signals,
        "complete": state is not None and state.complete,
        "synced_at": synced_at and datetime.fromtimestamp(synced_at, UTC).isoformat(timespec="seconds"),
        "age_seconds": synced_at and max(0, int(time.time() - synced_at)),
    }


def signals(file: Path) -> Iterator[dict[str, Any]]:
    """Each as the exchange told it last, with its value where it is known; as of one moment, whoever writes meanwhile.

    Raises: NotReady unless all was read.
    """
    with database.usable(), closing(database.read(file)) as replica:
        state = read_state(replica)
        if state is None or not state.complete:
            raise NotReady("This replica is not complete yet: run `lantern sync`.")
        for id, told, revealed in replica.execute(_SIGNALS):
            signal = orjson.loads(told)
            yield {"id": id, **signal, "value": signal["value"] if revealed is None else revealed}
