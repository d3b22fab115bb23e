"""The measurement of `lantern import`, at its smallest: every row arrives, and again changes nothing."""

import asyncio
import json
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


async def test_bench_import_imports_every_row_and_measures_who_worked() -> None:
    words = ["--rows", "3000", "--twice", "--json"]
    bench = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.bench_import", *words, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(bench.communicate(), 300)
    first, again = map(json.loads, said.splitlines())
    assert (first["told"]["created"], again["told"]["unchanged"]) == (3_000, 3_000)
    assert all(first[name] > 0 for name in ("client_cpu_s", "server_cpu_s", "database_cpu_s", "client_peak_mb"))
