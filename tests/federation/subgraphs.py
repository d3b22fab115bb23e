"""Our subgraph and the partner's, put together into a supergraph by a composer."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts import node_packages
from tests.readme_exchange import CHECKOUT

GUILD, APOLLO = "@theguild/federation-composition", "@apollo/composition"
PARTNERS = {"partner": "tests.partner.subgraph", "accounts": "tests.partner.accounts"}
CONTRACT = CHECKOUT / "schema.graphql"


@dataclass(frozen=True)
class Composed:
    """The supergraph, and what the composer had to say: the errors for which there is none, or hints."""

    file: Path
    said: str

    @property
    def supergraph(self) -> str:
        return self.file.read_text() if self.file.exists() else ""


def contracts(directory: Path, *names: str) -> dict[str, Path]:
    """The files with the schemas of ours and of these subgraphs of the partner, as their own commands print them."""
    files = {name: directory / f"{name}.graphql" for name in names or PARTNERS}
    for name, file in files.items():
        command = [sys.executable, "-m", PARTNERS[name], "--sdl"]
        with file.open("w") as printed:
            subprocess.run(command, cwd=CHECKOUT, stdout=printed, timeout=60, check=True)
    return {"exchange": CONTRACT, **files}


async def compose(place: Path, composer: str, directory: Path, urls: Mapping[str, tuple[str, Path]]) -> Composed:
    """`urls` says of each subgraph where it serves, and which file holds its schema."""
    out = directory / f"{place.name}.supergraph.graphql"
    given = [f"{name}={url}={schema}" for name, (url, schema) in urls.items()]
    done = await _ran([str(node_packages.node()), "compose.mjs", composer, str(out), *given], place)
    return Composed(out, done.stderr)


async def _ran(command: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, command, cwd=place, capture_output=True, text=True, timeout=60, check=False
    )
