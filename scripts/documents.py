"""Registers the `.graphql` files of a folder as trusted documents, and writes the manifest by which clients ask for
them."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast

from scripts.exchange_client import ANSWER_SECONDS, Client, Credentials, Refused, in_batches

URL, CLIENT, SECRET = "EXCHANGE_URL", "EXCHANGE_CLIENT", "EXCHANGE_SECRET"
DEFAULT_URL = "http://127.0.0.1:8000"
MANIFEST = "trusted-documents.json"
# Documents of one call, as the exchange has it.
BATCH = 50

REGISTER = """mutation Register($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
  ... on RegisterDocumentsPayload { rows { outcome documentId problem { message } } }
  ... on Problem { code message }
} }"""


@dataclass(frozen=True, slots=True)
class Document:
    """A file, its text as it is registered, and its operations, each with its name and kind."""

    file: Path
    text: str
    operations: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, file: Path) -> "Document":
        """Printed anew, as comments are for those who read the file; what is no GraphQL is left as it is, for the
        exchange to say what is wrong with it."""
        text = file.read_text(encoding="utf-8")
        try:
            ast = parse(text)
        except GraphQLError:
            return cls(file, text)
        operations = (part for part in ast.definitions if isinstance(part, OperationDefinitionNode))
        named = tuple((part.name.value if part.name else "", part.operation.value) for part in operations)
        return cls(file, print_ast(ast), named)


Registered = list[tuple[str, Document]]
"""Documents that are served, each with its id."""


async def register(client: Client, documents: Sequence[Document]) -> tuple[Registered, list[str]]:
    """What is served now, and why the others are not."""
    served: Registered = []
    rejected = []
    for batch in in_batches(documents, BATCH):
        rows = (await client.ask(REGISTER, input={"documents": [document.text for document in batch]}))["rows"]
        for document, row in zip(batch, rows, strict=True):
            if row["documentId"] is None:
                rejected.append(f"{document.file}: {row['problem']['message']}")
            else:
                served.append((row["documentId"], document))
    return served, rejected


def manifest(served: Registered) -> dict[str, object]:
    """In the format of Apollo's persisted queries, which names operations; clients send an `id` as `documentId`."""
    operations = [
        {"id": id, "name": name, "type": kind, "body": document.text}
        for id, document in served
        for name, kind in document.operations
    ]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}


async def main() -> int:
    options = _options()
    credentials = Credentials(_stated(CLIENT), _stated(SECRET))
    files = sorted(options.folder.rglob("*.graphql"))
    if not files:
        sys.exit(f"There is no .graphql file in {options.folder}.")
    documents = [Document.read(file) for file in files]
    async with httpx.AsyncClient(
        base_url=os.environ.get(URL, DEFAULT_URL), timeout=ANSWER_SECONDS, trust_env=False
    ) as http:
        served, rejected = await register(Client(http, "", credentials), documents)
    for id, document in served:
        print(", ".join(name for name, _ in document.operations), id)
    for words in rejected:
        print(words, file=sys.stderr)
    written = options.manifest or options.folder / MANIFEST
    written.write_text(json.dumps(manifest(served), indent=1) + "\n", encoding="utf-8")
    print(f"{len(served)} served, {len(rejected)} rejected; see {written}", file=sys.stderr)
    return 1 if rejected else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/documents",
        description=f"{__doc__} Credentials with the scope clients:manage come from {CLIENT} and {SECRET}, the address"
        f" of the exchange from {URL}, by default {DEFAULT_URL}. It ends with 1 if a document is rejected.",
    )
    parser.add_argument("folder", type=Path, help="where the files are, in folders within it too")
    parser.add_argument("--manifest", type=Path, help=f"where to write what is served; by default FOLDER/{MANIFEST}")
    return parser.parse_args()


def _stated(name: str) -> str:
    """A setting that stands in the environment, as command lines can be read by others."""
    return os.environ.get(name) or sys.exit(f"Put the client's credentials into {CLIENT} and {SECRET}.")


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except Refused as refused:
        sys.exit(f"The exchange refused: {refused}")
    except httpx.HTTPStatusError as error:
        sys.exit(f"The exchange gave no token: status {error.response.status_code}.")
    except httpx.TransportError:
        sys.exit("The exchange does not answer.")
