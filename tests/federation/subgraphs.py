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


async def printed(name: str, directory: Path) -> Path:
    """The schema of a partner's subgraph, as its own command prints it."""
    file = directory / f"{name}.graphql"
    command = [sys.executable, "-m", PARTNERS[name], "--sdl"]
    file.write_text((await _ran(command, CHECKOUT)).stdout)
    return file


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
