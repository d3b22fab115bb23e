"""Deliverers that are wrong in one way, and moments at which a deliverer ends itself as if it had been killed."""

import os
import signal
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app.client import operations
from app.client.exchange import Exchange
from app.client.outbox import batches, spool
from app.client.outbox.batches import Batch
from app.client.outbox.delivery import Deliverer

Patch = Callable[[pytest.MonkeyPatch], None]


def forgets_the_key(patch: pytest.MonkeyPatch) -> None:
    """Each time a batch is sent, it is sent as a new call."""
    real = batches.next_due

    def next_due(*given: Any) -> Batch | None:
        batch = real(*given)
        return None if batch is None else Batch(batch.id, operations.new_key(), batch.tries, batch.members)

    patch.setattr(batches, "next_due", next_due)


def marks_before_the_answer(patch: pytest.MonkeyPatch) -> None:
    """What is about to be sent counts as delivered."""
    settle, send = batches.settle, Deliverer._send

    def sends(deliverer: Deliverer, batch: Batch, follow: bool) -> None:
        settle(
            deliverer.outbox, batch, [{"outcome": "CREATED", "feedbackId": "", "problem": None}] * len(batch.members)
        )
        send(deliverer, batch, follow)

    patch.setattr(Deliverer, "_send", sends)
    patch.setattr(batches, "settle", lambda *_: 0)


def sends_a_signal_twice(patch: pytest.MonkeyPatch) -> None:
    """The next report of a signal does not wait for the one under way: a call takes the last, others are refused."""
    waiting = batches._waiting

    def all_waiting(connection: Any) -> list[batches.Member]:
        waiting(connection)
        rows = connection.execute(
            "SELECT seq, signal, content FROM report"
            " WHERE signal IS NOT NULL AND batch IS NULL AND parked_at IS NULL ORDER BY seq LIMIT 1000"
        )
        return [batches.Member(*row) for row in rows]

    patch.setattr(batches, "_waiting", all_waiting)


def forgets_files(patch: pytest.MonkeyPatch) -> None:
    """What was taken in from the spool before its file was removed is taken in again."""
    patch.setattr(spool, "_identity", lambda _: os.urandom(32))


MUTANTS: Mapping[str, Patch] = {
    one.__name__: one for one in (forgets_the_key, marks_before_the_answer, sends_a_signal_twice, forgets_files)
}


def _ends_at(patch: pytest.MonkeyPatch, owner: object, name: str, time: int) -> None:
    real, times = getattr(owner, name), count(1)

    def ends(*given: Any, **more: Any) -> Any:
        if next(times) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **more)

    patch.setattr(owner, name, ends)


def ends_before_removing(patch: pytest.MonkeyPatch, time: int) -> None:
    """When a file of the spool has been taken in."""
    _ends_at(patch, Path, "unlink", time)


def ends_before_sending(patch: pytest.MonkeyPatch, time: int) -> None:
    _ends_at(patch, Exchange, "ask", time)


def ends_with_the_answer(patch: pytest.MonkeyPatch, time: int) -> None:
    """When the exchange has answered, and nothing of that is kept yet."""
    real, times = Exchange.ask, count(1)

    def ends(*given: Any, **more: Any) -> Any:
        answer = real(*given, **more)
        if next(times) == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    patch.setattr(Exchange, "ask", ends)


MOMENTS: Mapping[str, Callable[[pytest.MonkeyPatch, int], None]] = {
    one.__name__: one for one in (ends_before_sending, ends_with_the_answer, ends_before_removing)
}
