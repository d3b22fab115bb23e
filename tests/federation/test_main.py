"""The README's graph with a partner: the command serves it, and the example there runs as it is written."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scripts.exchange_client import free_port
from tests.federation.graph import Graph
from tests.federation.started import Started, started
from tests.readme_exchange import CHECKOUT

EXAMPLE = re.findall(r"^```sh gateway\n(.*?)^```$", (CHECKOUT / "README.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
async def gateway(federated: Graph, tmp_path: Path) -> AsyncIterator[Started]:
    """What `scripts/gateway` starts once its packages are there, before the exchange that runs already."""
    port = free_port()
    options = ["--credentials", str(federated.data / "demo.env"), "--port", str(port)]
    command = [sys.executable, "-m", "tests.federation.main", *options]
    url = f"http://127.0.0.1:{port}"
    async with started(command, CHECKOUT, url, output=tmp_path / "gateway.log") as serving:
        yield serving


@pytest.mark.skipif(not EXAMPLE, reason="the README does not show it")
async def test_the_example_of_a_graph_with_a_partner_runs_as_it_is_written(federated: Graph, gateway: Started) -> None:
    await federated.upload("ALDER", "shown.in.the.readme@mail.example")
    assert os.access(CHECKOUT / "scripts/gateway", os.X_OK)
    script = "\n".join(EXAMPLE).replace(".lantern", str(federated.data)).replace("http://127.0.0.1:4000", gateway.url)
    shell = ["bash", "-euo", "pipefail", "-c", script]
    done = await asyncio.to_thread(subprocess.run, shell, cwd=CHECKOUT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "errors" not in done.stdout
    assert '"localNote":"Two reports in one week."' in done.stdout
    assert '"maskedValue":"' in done.stdout
