"""Those who compete, all on the same database: the exchange in both ways, the limit, and PostGraphile."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from scripts.exchange_client import free_port
from tests.bench import postgraphile
from tests.bench.calls import Call
from tests.bench.contender import COMPILED, LIMIT, POSTGRAPHILE, STANDARD, Contender
from tests.bench.kept import DataSet
from tests.bench.loading import arguments
from tests.bench.postgraphile_calls import PostGraphile
from tests.bench.servers import running
from tests.bench.workloads import Workload

NAMES = (LIMIT, COMPILED, STANDARD, POSTGRAPHILE)


class Limit(Contender):
    def path(self, workload: Workload) -> str:
        return f"/{workload.name}"

    def body(self, workload: Workload, call: Call) -> bytes:
        return orjson.dumps(call.finished)

    def token(self, viewer: int) -> str | None:
        return None


_KINDS = {LIMIT: Limit, POSTGRAPHILE: PostGraphile}


@contextmanager
def started(name: str, data: DataSet) -> Iterator[Contender]:
    port = free_port()
    command, settings = _how(name, data, port)
    with running(command, settings, data.directory / f"{name}.log", port) as process:
        yield _KINDS.get(name, Contender)(name, port, process, data)


def _how(name: str, data: DataSet, port: int) -> tuple[list[str], dict[str, str]]:
    """The command that starts it, and its environment."""
    if name == LIMIT:
        command = [sys.executable, "-m", "tests.bench.limit_app", "--port", str(port)]
        return command, {"BENCH_DATABASE": orjson.dumps(arguments(data.urls.owner)).decode()}
    if name == POSTGRAPHILE:
        return postgraphile.command(), postgraphile.settings(data.urls.owner, port)
    return [sys.executable, "-m", "app.main"], {
        "LANTERN_DATA_DIRECTORY": str(data.directory),
        "LANTERN_PORT": str(port),
        "LANTERN_WORKER": "off",
        "LANTERN_DEMO": "false",
        "LANTERN_LOG_LEVEL": "warning",
        "LANTERN_READ_ENGINE": name,
        # Answers tell who read them.
        "LANTERN_DEVELOPMENT": "true",
        "LANTERN_COST_PER_SECOND": "1000000000",
    }
