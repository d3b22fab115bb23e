"""The measurement of `lantern sync`, at its smallest: every signal arrives, and both rates are told."""

import asyncio
import os
import re
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


async def test_bench_sync_fills_a_replica_beside_the_feed_alone(tmp_path: Path) -> None:
    words = ["--signals", "2000", "--rounds", "1", "--directory", str(tmp_path / "data")]
    wide = {**os.environ, "COLUMNS": "200"}
    bench = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.bench_sync", *words, cwd=CHECKOUT, env=wide, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await asyncio.wait_for(bench.communicate(), 300)
    assert bench.returncode == 0
    told = said.decode()
    alone, kept = (
        re.findall(rf"^ *{what} +([0-9,]+) ", told, re.MULTILINE) for what in ("the feed alone", "lantern sync")
    )
    assert alone == kept != []
