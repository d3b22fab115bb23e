"""An exchange as a process of its own, and `tx` with our extension in an environment of its own, as Birch's."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from app.client import operations
from app.client.authority import ClientSecret
from app.client.exchange import Exchange
from app.client.operations import Operation
from scripts import exchange_client
from scripts.exchange_client import own_exchange
from tests.client import installed
from tests.client.asking import until_told

MODULE = "lantern_exchange.client.threatexchange"
COLLAB = "lantern"
LABELS: Any = {"violations": ["CSAM_POSSESSION_DISTRIBUTION"], "severity": "HIGH", "confidence": 90}
_FETCHED = re.compile(r"fetch\(\) with (\d+) new records")


@dataclass
class World:
    """`alder` and the others ask as programs of these participants; `tx` and `python` are Birch's."""

    alder: Exchange
    birch: Exchange
    cedar: Exchange
    operator: Exchange
    ids: dict[str, str]
    place: Path
    home: Path
    settings: dict[str, str] = field(repr=False)

    def share(self, *values: tuple[str, str], by: Exchange | None = None, **more: Any) -> list[str]:
        """Contribute values of these types; the contributions' ids."""
        drafts: Any = [{"type": type, "value": value, **LABELS, **more} for type, value in values]
        rows = (by or self.alder).ask(operations.upload(drafts))
        assert all(row["outcome"] == "CREATED" for row in rows), rows
        return [str(row["contributionId"]) for row in rows]

    def settle(self, *values: str) -> None:
        """Wait until the feed tells of these values; without any, of all that was done before."""
        if not values:
            values = (token_hex(16),)
            self.share(("HASH_MD5", values[0]))
        until_told(self.birch, values)

    def do(self, who: Exchange, document: str, **variables: Any) -> Any:
        return who.ask(Operation(document, variables, lambda found: found))

    def record(self, by: Exchange, value: str, finding: Any) -> None:
        """Feedback on the PDQ hash, as one writes it oneself."""
        (outcome,) = by.ask(operations.match([{"type": "HASH_PDQ", "value": value}]))
        assert outcome["best"] is not None
        assert outcome["best"]["signal"] is not None
        (row,) = by.ask(operations.record([{"signalId": outcome["best"]["signal"]["id"], **finding}]))
        assert row["outcome"] == "CREATED"

    def received(self, value: str) -> list[Any]:
        """What Alder reads of others' feedback on this signal of its own."""
        found = self.do(self.alder, "{ feedbackReceived { edges { node { verdict reason signal { value } } } } }")
        nodes = [edge["node"] for edge in found["edges"]]
        return [(node["verdict"], node["reason"]) for node in nodes if node["signal"]["value"] == value]

    def given(self, value: str) -> list[Any]:
        """What Birch reads of its own: more than anybody else."""
        found = self.do(
            self.birch,
            "{ feedbackGiven { edges { node { reviewStatus reviewerRole reviewedAt note signal { value } } } } }",
        )
        return [edge["node"] for edge in found["edges"] if edge["node"]["signal"]["value"] == value]

    def tx(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return installed.run(self.place, "tx", *words, **{**self.settings, **settings})

    def refused(self, *words: str, **settings: str) -> str:
        """What it says where it does not succeed."""
        with pytest.raises(AssertionError) as told:
            self.tx(*words, **settings)
        return str(told.value)

    def fetched(self, *words: str) -> list[int]:
        """The items of each page that a fetch took, as `tx` counts them."""
        return [int(number) for number in _FETCHED.findall(self.tx("-v", "fetch", *words).stderr)]

    def kept(self) -> set[str]:
        """The values that `tx` keeps, by its own list."""
        return {line.rpartition(" ")[2] for line in self.tx("dataset", "-P", "-S").stdout.splitlines()}

    def matched(self, kind: str, text: str, *options: str) -> list[str]:
        return self.tx("match", *options, kind, self._file(text)).stdout.splitlines()

    def label(self, type: str, text: str, *options: str) -> None:
        self.tx("label", "-H", type, *options, COLLAB, "photo", self._file(text))

    def not_labelled(self, type: str, text: str) -> str:
        """Why a label is refused."""
        return self.refused("label", "-H", type, COLLAB, "photo", self._file(text))

    def _file(self, text: str) -> str:
        file = self.home / "asked"
        file.write_text(text)
        return str(file)

    def python(self, program: str, *arguments: str) -> str:
        return installed.run(self.place, "python", "-c", program, *arguments, **self.settings).stdout


@dataclass(frozen=True)
class Own:
    """An exchange that is running, and its clients."""

    running: exchange_client.Exchange
    clients: dict[str, Exchange]


@contextmanager
def own() -> Iterator[Own]:
    with own_exchange() as running:
        clients = {
            name: Exchange(running.url, ClientSecret(credentials.client_id, credentials.secret))
            for name, credentials in running.clients.items()
        }
        yield Own(running, clients)
        for client in clients.values():
            client.close()


def world(exchange: Own, place: Path, home: Path) -> World:
    credentials = exchange.running.clients["birch"]
    secret = home / "secret"
    secret.write_text(credentials.secret)
    secret.chmod(0o600)
    settings = {
        "EXCHANGE_HOME": str(home / "lantern"),
        "EXCHANGE_URL": exchange.running.url,
        "EXCHANGE_CLIENT": credentials.client_id,
        "EXCHANGE_SECRET_FILE": str(secret),
        "TX_STATEDIR": str(home / "tx"),
    }
    assert exchange.running.directory is not None
    ids = exchange_client.read_settings(exchange.running.directory / "demo.env")
    alder, birch, cedar, operator = (exchange.clients[name] for name in ("alder", "birch", "cedar", "operator"))
    return World(alder, birch, cedar, operator, ids, place, home, settings)


def near(pdq: str) -> str:
    """The hash of a picture like it: 16 bits away."""
    return f"{int(pdq, 16) ^ 0xFFFF:064x}"
