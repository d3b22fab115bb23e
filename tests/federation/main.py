"""Serves the demo exchange and the example of a partner as one graph, behind a gateway that checks tokens itself."""

import argparse
import asyncio
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from scripts.exchange_client import free_port, read_settings
from scripts.node_packages import CannotInstall
from tests.federation import installed, subgraphs
from tests.federation.starting import ENFORCING, Starting


async def serve(credentials: Path, port: int, directory: Path) -> None:
    """Until it is cancelled."""
    demo, place = read_settings(credentials), installed.federation()
    urls = {"exchange": demo["LANTERN"], "partner": f"http://127.0.0.1:{free_port()}"}
    contracts = subgraphs.contracts(directory, "partner")
    where = {name: (f"{urls[name]}/graphql", file) for name, file in contracts.items()}
    composed = await subgraphs.compose(place, subgraphs.GUILD, directory, where)
    async with AsyncExitStack() as stack:
        starting = Starting(directory, urls | {ENFORCING: f"http://127.0.0.1:{port}"}, stack)
        await starting.partner("partner", demo["CEDAR_CLIENT"])
        gateway = await starting.gateway(ENFORCING, place, composed.file)
        print(f"The exchange and Cedar's subgraph are one graph on {gateway.url}/graphql; Ctrl-C stops it.", flush=True)
        await asyncio.Event().wait()


async def _until_stopped(credentials: Path, port: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lantern-gateway-") as directory:
        serving = asyncio.ensure_future(serve(credentials, port, Path(directory)))
        for kind in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(kind, serving.cancel)
        await asyncio.wait([serving])
        if not serving.cancelled():
            serving.result()


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/gateway", description=__doc__)
    parser.add_argument("--credentials", type=Path, default=Path(".lantern/demo.env"), help="of the running demo")
    parser.add_argument("--port", type=int, default=4000, help="of the gateway, on 127.0.0.1")
    options = parser.parse_args()
    if not options.credentials.exists():
        sys.exit(f"There is no {options.credentials}: start the demo first, with scripts/run.")
    try:
        asyncio.run(_until_stopped(options.credentials, options.port))
    except CannotInstall as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
