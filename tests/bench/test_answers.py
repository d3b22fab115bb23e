"""What the bench takes for an answer: requests are counted, and those who answer wrongly are noticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Any
from uuid import UUID

import orjson
import psutil
import pytest

from tests.bench import driver
from tests.bench.calls import Call
from tests.bench.checks import WrongAnswer, compare
from tests.bench.contender import Contender
from tests.bench.postgraphile_calls import PostGraphile
from tests.bench.workloads import WORKLOADS


class Asking(Contender):
    """The exchange without a server of its own, for its words alone."""

    def token(self, viewer: int) -> str | None:
        return None


def asking(name: str, port: int = 0) -> Asking:
    return Asking(name, port, psutil.Process(), None)  # type: ignore[arg-type]


@asynccontextmanager
async def answering(
    body: bytes, status: str = "200 OK", pause: float = 0.0, engine: str = "compiled"
) -> AsyncIterator[int]:
    """A server that says the same to everybody."""
    head = f"HTTP/1.1 {status}\r\nLantern-Engine: {engine}\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = head.encode() + body

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            await asyncio.sleep(pause)
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


ASKED = driver.request("/graphql", b"{}", "token")


async def test_requests_are_counted_and_timed() -> None:
    async with answering(b'{"data":{}}', pause=0.02) as port:
        taken = await driver.run(port, iter([ASKED] * 10), 2, 5, asking("honest").looks_right(WORKLOADS["signal"]))
    assert (len(taken.latencies), taken.wrong, taken.size) == (10, 0, 110)
    assert all(0.02 <= latency < 0.5 for latency in taken.latencies)
    assert 0.1 <= taken.seconds < 2.5


async def test_a_round_ends_in_time() -> None:
    async with answering(b'{"data":{}}', pause=0.01) as port:
        taken = await driver.run(port, repeat(ASKED), 4, 0.2, asking("honest").looks_right(WORKLOADS["signal"]))
    assert 0.2 <= taken.seconds < 0.5
    assert len(taken.latencies) > 10


@pytest.mark.parametrize(
    ("workload", "body", "status"),
    [
        ("signal", b'{"errors":[{"message":"no"}]}', "200 OK"),
        ("signal", b'{"data":{"signal":null}}', "500 Internal Server Error"),
        ("upload", b'{"data":{"uploadSignals":{"created":999,"rejected":1}}}', "200 OK"),
    ],
)
async def test_who_answers_with_errors_is_noticed(workload: str, body: bytes, status: str) -> None:
    async with answering(body, status) as port:
        taken = await driver.run(port, iter([ASKED] * 3), 1, 5, asking("honest").looks_right(WORKLOADS[workload]))
    assert taken.wrong == 3


@pytest.mark.parametrize(
    "mutant", [b'{"data":{"signal":{"id":"sig_2"}}}', b'{"data":{"signal":null}}', b'{"errors":[{"message":"no"}]}']
)
async def test_who_answers_otherwise_than_the_limit_is_noticed(mutant: bytes) -> None:
    right = b'{"data":{"signal":{"id":"sig_1"}}}'
    calls = [Call(0, {"id": "sig_1"}, {})]
    async with answering(right) as one, answering(mutant) as other:
        limit, honest, mutated = asking("limit", one), asking("honest", one), asking("mutant", other)
        await asyncio.to_thread(compare, honest, limit, WORKLOADS["signal"], calls)
        with pytest.raises(WrongAnswer):
            await asyncio.to_thread(compare, mutated, limit, WORKLOADS["signal"], calls)


@pytest.mark.parametrize("told", ["standard; reason=union", "", "standard"])
async def test_who_lets_another_engine_answer_is_noticed(told: str) -> None:
    calls = [Call(0, {"id": "sig_1"}, {})]
    body = b'{"data":{"signal":{"id":"sig_1"}}}'
    async with answering(body) as one, answering(body, engine=told) as other:
        await asyncio.to_thread(compare, asking("compiled", one), None, WORKLOADS["signal"], calls)
        with pytest.raises(WrongAnswer):
            await asyncio.to_thread(compare, asking("compiled", other), None, WORKLOADS["signal"], calls)


def question(workload: str, finished: dict[str, Any]) -> dict[str, Any]:
    """What PostGraphile is asked."""
    other = PostGraphile("postgraphile", 0, psutil.Process(), None)  # type: ignore[arg-type]
    asked: dict[str, Any] = orjson.loads(other.body(WORKLOADS[workload], Call(0, {}, finished)))
    return asked


def test_postgraphile_is_asked_the_same() -> None:
    id = UUID(int=7)
    assert question("signal", {"id": id.hex})["variables"] == {"id": str(id)}
    looked_up = {"types": ["URL"], "tags": ["00ff"], "loose": [None]}
    assert question("match", looked_up)["variables"] == {"types": ["URL"], "tags": ["AP8="], "loose": [None]}
    written = {"viewer": id.hex, "groups": [], "key_tags": ["00ff"], "key_ids": [id.hex]}
    given = {"viewer": str(id), "groups": [], "keyTags": ["AP8="], "keyIds": [str(id)]}
    assert question("upload", written)["variables"] == {"input": given}


def test_postgraphile_may_hold_more_but_not_less() -> None:
    other = PostGraphile("postgraphile", 0, psutil.Process(), None)  # type: ignore[arg-type]
    assert other.counted(WORKLOADS["match"], {"matchSignals": [{}, {}]}) == 2
    assert not other.knows_viewers
    right = other.looks_right(WORKLOADS["feedback100"])
    assert right(b'"CREATED"' * 100)
    assert not right(b'"CREATED"' * 99)
