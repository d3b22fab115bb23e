"""The measurement of PDQ look-ups, at its smallest: every picture is found, as brute force finds it."""

import asyncio
import sys
from pathlib import Path

import orjson

CHECKOUT = Path(__file__).parents[2]


async def test_bench_pdq_finds_what_brute_force_finds(tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    sizes = ["--sizes", "10000", "--before-up-to", "0", "--json", str(told)]
    bench = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.bench_pdq", *sizes, cwd=CHECKOUT, stdout=asyncio.subprocess.DEVNULL
    )
    assert await asyncio.wait_for(bench.wait(), 300) == 0
    (found,) = orjson.loads(told.read_bytes())
    assert (found["hashes"], found["recall"], found["false_matches"]) == (10_000, 1.0, 0)
    assert found["near_found"] > 500
