"""Relay's compiler on the documents of a partner, which are in `relay/`."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.clients.node import OURS, Node

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted((OURS / "relay").glob("*.js"))


class Operation(NamedTuple):
    """Its text, and the id by which it can be asked for where it is registered: the hash that the compiler gives it."""

    text: str
    document_id: str


Operations = dict[str, Operation]


async def compiled(scripts: Node, place: Path, *more: str) -> Operations:
    """The operations that clients of these documents would send, by name."""
    for name in ("documents", "artifacts"):
        (place / name).mkdir()
    for document in DOCUMENTS:
        shutil.copy(document, place / "documents")
    for number, text in enumerate(more):
        (place / "documents" / f"More{number}.js").write_text(f"graphql`{text}`")
    shutil.copy(CHECKOUT / "schema.graphql", place)
    (place / "operations.json").write_text("{}")
    config = {
        "language": "javascript",
        "src": "documents",
        "schema": "schema.graphql",
        "artifactDirectory": "artifacts",
        "persistConfig": {"file": "operations.json", "algorithm": "SHA256"},
    }
    (place / "relay.config.json").write_text(json.dumps(config))
    compiler = scripts.directory / "node_modules" / "relay-compiler" / "cli.js"
    quietly = ["--noWatchman", "--output", "quiet-with-errors"]
    await scripts.command([str(compiler), "relay.config.json", *quietly], place=place)
    written = json.loads((place / "operations.json").read_text())
    return {text.partition("(")[0].split()[1]: Operation(text, f"sha256:{id}") for id, text in written.items()}
