"""Servers as processes of their own: started, waited for, and stopped by their ids, their output kept."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

# Seconds; the first start of the exchange makes a database, and a gateway reads a large program.
STARTS_WITHIN = 120
STOPS_WITHIN = 30


@dataclass(frozen=True)
class Started:
    url: str
    output: Path


@asynccontextmanager
async def started(
    command: Sequence[str],
    place: Path,
    url: str,
    *,
    output: Path,
    ready: str = "/",
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Started]:
    """Wait until `ready` answers, whatever it says short of an error of the server's."""
    with output.open("wb") as kept:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=place,
            env={**os.environ, **(environment or {})},
            stdout=kept,
            stderr=asyncio.subprocess.STDOUT,
        )
    try:
        await _answers(f"{url}{ready}", process)
        yield Started(url, output)
    except BaseException as error:
        error.add_note(f"The end of {output}:\n{_end(output)}")
        raise
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()


def _end(output: Path) -> str:
    return output.read_text(errors="replace")[-2_000:]


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(STARTS_WITHIN), httpx.AsyncClient() as http:
        while process.returncode is None:
            try:
                if (await http.get(url)).status_code < 500:
                    return
            except httpx.TransportError:
                pass  # it does not listen yet
            await asyncio.sleep(0.1)
    raise AssertionError("it ended before it was ready")
