"""What an operator can watch: how many operations the read engine answered, and why it left the others."""

import re
import socket

import httpx
import pytest

from app.services.demo import DemoClient
from app.store.setup_error import SetupError
from app.web import metrics
from scripts.exchange_client import free_port
from tests.served_exchange import Session

COUNTED = re.compile(r'^lantern_operations_total\{engine="(\w+)",kind="(\w+)",reason="([^"]*)"\} ([\d.]+)$', re.M)


def counted(port: int) -> dict[tuple[str, str, str], float]:
    told = httpx.get(f"http://{metrics.HOST}:{port}/metrics").text
    return {(engine, kind, reason): float(count) for engine, kind, reason, count in COUNTED.findall(told)}


async def test_operations_are_counted_by_who_answered_them(http: httpx.AsyncClient, alder: DemoClient) -> None:
    port, asking = free_port(), Session(http, alder)
    compiled, introspected = ("compiled", "query", ""), ("standard", "query", "it asks about the schema")
    with metrics.served(port):
        before = counted(port)
        await asking.ask("{ viewer { clientId } }")
        await asking.ask("{ __schema { queryType { name } } }")
        after = counted(port)
    assert {key: after[key] - before.get(key, 0) for key in (compiled, introspected)} == {compiled: 1, introspected: 1}


def test_a_port_that_is_taken_is_told_by_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind((metrics.HOST, 0))
        taken.listen()
        with pytest.raises(SetupError, match="LANTERN_METRICS_PORT"), metrics.served(taken.getsockname()[1]):
            pass


def test_without_a_port_nothing_is_served() -> None:
    with metrics.served(None):
        pass
