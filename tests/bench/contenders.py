"""Those who answer: each a process of its own on loopback, all on the same database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import orjson
import psutil

from app.config import CHECKOUT
from app.rules.ids import Prefix, shown
from tests.bench.calls import Call
from tests.bench.driver import request
from tests.bench.kept import DataSet
from tests.bench.loading import arguments
from tests.bench.workloads import Workload

LIMIT, COMPILED, STANDARD, POSTGRAPHILE = "limit", "compiled", "standard", "postgraphile"
START_SECONDS = 60
STOP_SECONDS = 30
# A token lives for ten minutes; a round is far shorter than what is left.
_TOKEN_SECONDS = 300


@dataclass(slots=True)
class Contender:
    """A running server, and how a call is put to it."""

    name: str
    port: int
    process: psutil.Process
    data: DataSet = field(repr=False)
    _tokens: dict[int, tuple[str, float]] = field(default_factory=dict, repr=False)
    _bodies: dict[int, tuple[Call, bytes]] = field(default_factory=dict, repr=False)

    def request(self, workload: Workload, call: Call) -> bytes:
        # Kept together with the call, whose number would otherwise be another's once it is gone.
        _, body = self._bodies.get(id(call), (call, b""))
        if not body:
            body = self.body(workload, call)
            if not workload.writes:
                self._bodies[id(call)] = (call, body)
        return request(self.path(workload), body, self.token(call.viewer))

    def path(self, workload: Workload) -> str:
        return "/graphql"

    def body(self, workload: Workload, call: Call) -> bytes:
        return orjson.dumps({"query": workload.document, "variables": call.variables})

    def token(self, viewer: int) -> str | None:
        """As any client gets one, over HTTP; a new one before the old one ends."""
        token, since = self._tokens.get(viewer, ("", 0.0))
        if not token or time.monotonic() - since > _TOKEN_SECONDS:
            who = self.data.viewers[viewer]
            auth = (shown(Prefix.CLIENT, who.client_id), who.secret)
            url = f"http://127.0.0.1:{self.port}/oauth/token"
            answer = httpx.post(url, data={"grant_type": "client_credentials"}, auth=auth, trust_env=False)
            token, since = answer.raise_for_status().json()["access_token"], time.monotonic()
            self._tokens[viewer] = (token, since)
        return token


class Limit(Contender):
    def path(self, workload: Workload) -> str:
        return f"/{workload.name}"

    def body(self, workload: Workload, call: Call) -> bytes:
        return orjson.dumps(call.finished)

    def token(self, viewer: int) -> str | None:
        return None


@contextmanager
def started(name: str, data: DataSet) -> Iterator[Contender]:
    """Start it, wait until it accepts connections, and stop it after the block."""
    port = _free_port()
    if name == LIMIT:
        command = [sys.executable, "-m", "tests.bench.limit_app", "--port", str(port)]
        settings = {"BENCH_DATABASE": orjson.dumps(arguments(data.urls.owner)).decode()}
    else:
        command = [sys.executable, "-m", "app.main"]
        settings = {
            "LANTERN_DATA_DIRECTORY": str(data.directory),
            "LANTERN_PORT": str(port),
            "LANTERN_WORKER": "off",
            "LANTERN_DEMO": "false",
            "LANTERN_LOG_LEVEL": "warning",
            "LANTERN_READ_ENGINE": name,
        }
    with running(command, settings, data.directory / f"{name}.log", port) as process:
        yield (Limit if name == LIMIT else Contender)(name, port, process, data)


@contextmanager
def running(command: list[str], settings: dict[str, str], log: Path, port: int) -> Iterator[psutil.Process]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LANTERN_")} | settings
    with log.open("wb") as written:
        server = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=written, stderr=subprocess.STDOUT)
    try:
        _wait(server, port, log)
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            # Any answer will do: who listens but starts up still does not answer.
            httpx.get(f"http://127.0.0.1:{port}/health/live", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"A server did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
