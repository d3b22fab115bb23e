"""A client of the exchange over HTTP, and an exchange of one's own to try it on, for the scripts beside it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson

CHECKOUT = Path(__file__).resolve().parent.parent
DATA = CHECKOUT.parent / "shared" / "data"
# Items of one call.
BATCH = 1_000
# Seconds: for one answer, for an exchange to start and to stop, and before its end in which a token is not used.
ANSWER_SECONDS = 60
START_SECONDS = 120
STOP_SECONDS = 30
TOKEN_MARGIN_SECONDS = 60
# What a server of our own says, in its directory.
LOG = "server.log"

T = TypeVar("T")


class Refused(Exception):
    """The exchange refused a whole call; its words hold no value."""


@dataclass(frozen=True, slots=True)
class Credentials:
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running exchange, its clients by participant, and where its process and database are if it is our own."""

    url: str
    clients: Mapping[str, Credentials]
    process_id: int | None = None
    directory: Path | None = None


@dataclass(slots=True)
class Client:
    """One participant's client; it takes a new token before the old one ends."""

    http: httpx.AsyncClient
    slug: str
    credentials: Credentials
    _token: str = ""
    _until: float = 0.0

    async def ask(self, document: str, **variables: object) -> Any:
        """The one field that the document asks for.

        Raises: Refused if there are errors, or the field is a refusal with a code and a message.
        """
        answer = await self.http.post(
            "/graphql",
            content=orjson.dumps({"query": document, "variables": variables}),
            headers={"Authorization": f"Bearer {await self.token()}", "Content-Type": "application/json"},
        )
        said = orjson.loads(answer.content)
        if said.get("errors"):
            raise Refused(json.dumps(said["errors"], indent=1))
        (found,) = said["data"].values()
        if isinstance(found, dict) and "code" in found:
            raise Refused(f"{found['code']}: {found['message']}")
        return found

    async def token(self) -> str:
        if time.monotonic() > self._until:
            form = {"grant_type": "client_credentials"}
            auth = (self.credentials.client_id, self.credentials.secret)
            answer = await self.http.post("/oauth/token", data=form, auth=auth)
            answer.raise_for_status()
            said = answer.json()
            self._token, self._until = (
                said["access_token"],
                time.monotonic() + said["expires_in"] - TOKEN_MARGIN_SECONDS,
            )
        return self._token


@asynccontextmanager
async def connected(exchange: Exchange) -> AsyncIterator[dict[str, Client]]:
    """A client for each participant of which there are credentials."""
    async with httpx.AsyncClient(base_url=exchange.url, timeout=ANSWER_SECONDS, trust_env=False) as http:
        yield {slug: Client(http, slug, credentials) for slug, credentials in exchange.clients.items()}


@contextmanager
def opened(url: str | None, credentials: Path | None) -> Iterator[Exchange]:
    """The exchange at `url`, with a file of credentials as the demo writes it; without a URL one of our own."""
    if url is None:
        with own_exchange() as exchange:
            yield exchange
    elif credentials is None:
        sys.exit("Say with --credentials where the clients of that exchange are: a file like .lantern/demo.env.")
    else:
        yield Exchange(url, read_credentials(credentials))


@contextmanager
def own_exchange() -> Iterator[Exchange]:
    """A new exchange with the demo's participants but no signals; its process and directory go when the block ends."""
    with tempfile.TemporaryDirectory(prefix="lantern-") as name:
        directory, port = Path(name), free_port()
        server = started(directory, port)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, server, directory / LOG)
            yield Exchange(url, read_credentials(directory / "demo.env"), server.pid, directory)
        finally:
            server.terminate()
            server.wait(STOP_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def started(directory: Path, port: int, settings: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """The process of an exchange that keeps everything in the directory; what was there before is its own again."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LANTERN_")},
        "LANTERN_DATA_DIRECTORY": str(directory),
        "LANTERN_PORT": str(port),
        "LANTERN_LOG_LEVEL": "warning",
        "LANTERN_DEMO_SIGNALS": "false",
        **(settings or {}),
    }
    with (directory / LOG).open("ab") as written:
        return subprocess.Popen(
            [sys.executable, "-m", "app.main"],
            cwd=CHECKOUT,
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )


def wait_until_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health/ready", trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass  # Not listening yet.
        time.sleep(0.1)
    sys.exit(f"The exchange did not start:\n{log.read_text()}")


def read_credentials(file: Path) -> dict[str, Credentials]:
    """Clients by slug, from lines like `ALDER_CLIENT=…` and `ALDER_SECRET=…`."""
    said = read_settings(file)
    return {
        name.removesuffix("_CLIENT").lower(): Credentials(value, said[name.replace("_CLIENT", "_SECRET")])
        for name, value in said.items()
        if name.endswith("_CLIENT")
    }


def read_settings(file: Path) -> dict[str, str]:
    """What a file of shell variables says, as the demo writes it."""
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line and line[0] != "#")


def in_batches(items: Sequence[T], size: int = BATCH) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
