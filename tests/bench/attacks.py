"""What attacks cost the exchange: processor time of the serving process for each, and the memory that they take.

The attacks are those of `tests/attacks`, which counts what they make it do.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil
from joserfc import jwt
from rich.console import Console

from app.rules.tokens import LIFETIME_SECONDS, AccessTokens
from app.store import key_file
from scripts.exchange_client import free_port
from tests.attacks.forged import FORGED
from tests.attacks.operations import ATTACKS, Attack
from tests.bench import processes, report
from tests.bench.servers import running
from tests.bench.socket_attacks import floods

# CPU milliseconds that one may take.
AIM = 50
REPEATS = 20
# Seconds.
ANSWERS_WITHIN = 0.2
COLUMNS = ("attack", "answered", "CPU ms", "peak MB", "")
BODY = 20_000_000
NOTE = (
    f"Each was sent {REPEATS} times, one after the other. CPU is that of the serving process alone; `peak MB` is the"
    " most memory that it held meanwhile, beyond what it held before. Status 0: the client went before an answer came."
    " Of a flood over WebSockets it is that of most, or the code with which its socket was closed."
)

Send = Callable[[], Awaitable[int]]
"""Sends one and gives the status of the answer."""


@dataclass(frozen=True)
class Server:
    """The exchange as its own process, with a demo in it."""

    http: httpx.AsyncClient
    port: int
    tokens: AccessTokens
    token: str

    async def post(self, content: Any, token: str | None = None) -> int:
        headers = {
            "Authorization": f"Bearer {self.token if token is None else token}",
            "Accept": "application/graphql-response+json",
            "Content-Type": "application/json",
        }
        return (await self.http.post("/graphql", content=content, headers=headers)).status_code

    async def written(self, parts: AsyncIterator[bytes]) -> int:
        """What is written to the socket as it is, for what no client would send."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.suppress(ConnectionError):
            async for part in parts:
                writer.write(part)
                await writer.drain()
        answer = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            answer = await asyncio.wait_for(reader.read(1_000), ANSWERS_WITHIN)
        writer.close()
        return int(answer.split()[1]) if answer else 0


async def measure(console: Console) -> dict[str, Any]:
    """On an exchange of their own, which is thrown away."""
    with tempfile.TemporaryDirectory(prefix="lantern-attacks-") as directory:
        port = free_port()
        with running(
            [sys.executable, "-m", "app.main"], _settings(directory, port), Path(directory) / "log", port
        ) as it:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as http:
                server = await _known(http, port, Path(directory))
                lines = [await _line(console, it, name, send) for name, send in _attacks(server)]
    table = (f"Attacks (aim: at most {AIM} ms each)", COLUMNS, lines)
    return report.document(0, [], tables=[table], notes=[NOTE])


def _settings(directory: str, port: int) -> dict[str, str]:
    return {
        "LANTERN_DATA_DIRECTORY": directory,
        "LANTERN_PORT": str(port),
        "LANTERN_LOG_LEVEL": "error",
        "LANTERN_DEVELOPMENT": "false",
    }


async def _known(http: httpx.AsyncClient, port: int, directory: Path) -> Server:
    # It answers as soon as it is set up, the demo included.
    demo = dict(
        line.split("=", 1) for line in (directory / "demo.env").read_text().splitlines() if not line.startswith("#")
    )
    form = {"grant_type": "client_credentials"}
    answer = await http.post("/oauth/token", data=form, auth=(demo["ALDER_CLIENT"], demo["ALDER_SECRET"]))
    tokens = AccessTokens.of(f"http://127.0.0.1:{port}", key_file.load_keys(directory / "keys.json"))
    return Server(http, port, tokens, answer.json()["access_token"])


async def _line(console: Console, process: psutil.Process, name: str, send: Send) -> tuple[Any, ...]:
    console.print(f"Measuring {name}")
    # The first one also pays for what is read once.
    status = await send()
    before, held = _seconds(process), process.memory_info().rss
    processes.forget_peak(process)
    for _ in range(REPEATS):
        await send()
    milliseconds = (_seconds(process) - before) / REPEATS * 1_000
    grown = max(0.0, processes.peak_mb(process) - held / 1e6)
    return name, status, milliseconds, grown, "reached" if milliseconds <= AIM else "SHORT"


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _attacks(server: Server) -> Iterator[tuple[str, Send]]:
    def posting(content: Any, token: str | None = None) -> Send:
        return lambda: server.post(content() if callable(content) else content, token)

    yield "none: a small query", posting(orjson.dumps({"query": "{ viewer { clientId } }"}))
    # Each time another document: what is refused is kept too.
    numbers = count()
    for attack in ATTACKS:
        yield attack.name, posting(partial(_numbered, attack, numbers))
    yield "20 MB body", posting(b"x" * BODY)
    yield "20 MB body in chunks", posting(lambda: _chunks(BODY, 100_000))
    yield "body of a byte at a time", lambda: server.written(_slow(server.token))
    key, now = server.tokens.signing_key, datetime.now(UTC)
    claims = jwt.decode(server.token, key, algorithms=["ES256"]).claims
    small = orjson.dumps({"query": "{ viewer { clientId } }"})
    for how, forge in FORGED.items():
        yield f"token {how}", posting(small, forge(claims, key))
    expired = now - timedelta(seconds=2 * LIFETIME_SECONDS)
    yield "token that has expired", posting(small, jwt.encode(*_as_of(claims, expired, key)))
    yield "token of 30 KB", posting(small, "a" * 30_000)
    yield "header of 1 MB", lambda: server.written(_huge_header())
    yield from floods(server.port, server.token).items()


def _numbered(attack: Attack, numbers: Iterator[int]) -> bytes:
    return orjson.dumps({**attack.body, "query": f"{attack.text} # {next(numbers)}"})


def _as_of(claims: Any, at: datetime, key: Any) -> tuple[Any, ...]:
    seconds = int(at.timestamp())
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid or key.thumbprint()}
    return header, {**claims, "iat": seconds, "exp": seconds + LIFETIME_SECONDS}, key


async def _chunks(size: int, each: int) -> AsyncIterator[bytes]:
    for _ in range(size // each):
        yield b"x" * each


async def _slow(token: str) -> AsyncIterator[bytes]:
    yield f"POST /graphql HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer {token}\r\n".encode()
    yield b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    for _ in range(500):
        yield b" "
        await asyncio.sleep(0)


async def _huge_header() -> AsyncIterator[bytes]:
    yield b"POST /graphql HTTP/1.1\r\nHost: a.example\r\nAuthorization: Bearer "
    for _ in range(100):
        yield b"a" * 10_000
