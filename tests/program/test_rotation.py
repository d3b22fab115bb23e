"""Keys change under a program that serves: it takes them up, and brings the rows to them by itself."""

import asyncio
import json
import os
import shlex
import sys
from pathlib import Path

import httpx

from app.services.demo import DemoClient
from tests.readme_exchange import CHECKOUT, Running, running
from tests.served_exchange import Session

UPLOAD = """mutation ($value: String!) { uploadSignals(input: {signals: [{type: EMAIL_ADDRESS, value: $value,
    violations: [SEXTORTION_FINANCIAL], severity: HIGH, confidence: 80}]}) {
    ... on UploadSignalsPayload { rows { outcome signalId } } } }"""
MATCH = """query ($value: String!) { matchSignals(values: [{type: EMAIL_ADDRESS, value: $value}]) {
    best { signal { id } } } }"""


async def command(exchange: Running, *words: str) -> tuple[int, str]:
    settings = {"LANTERN_DATA_DIRECTORY": str(exchange.directory)}
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.main", *words),
        cwd=CHECKOUT,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await asyncio.wait_for(program.communicate(), 60)
    return program.returncode or 0, told.decode()


async def until_retired(exchange: Running, what: str) -> str:
    """Ask for it until the server's own job is done."""
    async with asyncio.timeout(90):
        while True:
            code, told = await command(exchange, "rotate", what, "--retire")
            if code == 0:
                return told
            assert "still needed" in told, told


def alder(exchange: Running) -> DemoClient:
    lines = (exchange.directory / "demo.env").read_text().splitlines()
    given = dict(shlex.split(line)[0].split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return DemoClient("alder", given["ALDER_PARTICIPANT"], given["ALDER_CLIENT"], given["ALDER_SECRET"])


async def test_a_serving_program_takes_up_new_keys_and_brings_its_rows_to_them(tmp_path: Path) -> None:
    async with (
        running(tmp_path / "data", {"LANTERN_WORKER": "off"}) as exchange,
        httpx.AsyncClient(base_url=exchange.url, timeout=30) as http,
    ):
        session = Session(http, alder(exchange))
        shared = await session.ask(UPLOAD, value="jane.doe@mail.example")
        keys = exchange.directory / "keys.json"
        for what in ("encryption", "tags"):
            code, told = await command(exchange, "rotate", what)
            assert code == 0, told
            assert "2 in use" in told
            assert "1" in await until_retired(exchange, what)
        assert json.loads(keys.read_text())["tags"].keys() == {"2"}
        (found,) = await session.ask(MATCH, value="jane.doe@mail.example")
        assert found["best"]["signal"]["id"] == shared["rows"][0]["signalId"]
        again = await session.ask(UPLOAD, value="jane.doe@mail.example")
        assert again["rows"] == [{"outcome": "UNCHANGED", "signalId": shared["rows"][0]["signalId"]}]
        code, told = await command(exchange, "retag")
        assert (code, "All rows have the keys" in told) == (0, True)
        assert not any(key in told for key in json.loads(keys.read_text())["tags"].values())
        code, told = await command(exchange, "rotate", "normaliser")
        assert (code, "no newer ones" in told) == (1, True)
