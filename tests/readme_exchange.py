"""The whole program as its own process, on a free port, with a data directory of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.exchange_client import free_port

CHECKOUT = Path(__file__).resolve().parent.parent
# Seconds; a first start makes a database.
STARTS_WITHIN = 60
STOPS_WITHIN = 30


@dataclass(frozen=True)
class Running:
    url: str
    directory: Path
    process: asyncio.subprocess.Process


@asynccontextmanager
async def running(directory: Path, environment: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """Start it, wait until it is ready, and stop it as Ctrl-C would."""
    port = free_port()
    settings = {"LANTERN_DATA_DIRECTORY": str(directory), "LANTERN_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.main",
        cwd=CHECKOUT,
        env={**os.environ, **settings, **(environment or {})},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _ready(url, process)
        yield Running(url, directory, process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.wait(), STOPS_WITHIN)


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(STARTS_WITHIN), httpx.AsyncClient() as http:
        while process.returncode is None:
            try:
                if (await http.get(f"{url}/health/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            await asyncio.sleep(0.1)
    raise AssertionError("the exchange ended before it was ready")
