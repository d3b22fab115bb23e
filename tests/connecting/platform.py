"""A platform that runs one of the README's worked examples, and the exchange that it is connected to."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from app.client import operations
from app.client.authority import ClientSecret
from app.client.exchange import Exchange
from app.client.operations import Operation
from scripts.exchange_client import free_port, own_exchange, read_settings
from tests.client.cutting_proxy import CuttingProxy, Way, cutting_proxy
from tests.waiting import PATIENCE, until

CHECKOUT = Path(__file__).resolve().parents[2]
# What the README asks the operator for.
REGISTER = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    ... on ClientWithSecret { client { id } clientSecret } ... on Problem { code message } } }"""
# In the README: of the demo's directory, and of where the example listens.
DEMO, PORT = ".lantern/demo.env", "8080"


# The section of the README.
SECTION = (CHECKOUT / "README.md").read_text().partition("\n## Connect your platform\n")[2].partition("\n## ")[0]


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    return str(found)


@dataclass
class World:
    """An exchange, Alder who shares signals there, Birch who runs the platform, and the way between the two."""

    alder: Exchange
    birch: Exchange
    secret: str = field(repr=False)
    client_id: str
    proxy: CuttingProxy
    demo: str = field(repr=False)

    def share(self, *emails: str) -> list[str]:
        """The ids of Alder's contributions."""
        drafts: Any = [
            {"type": "EMAIL_ADDRESS", "value": email, "violations": ["SEXTORTION_FINANCIAL"]}
            | {"severity": "HIGH", "confidence": 80}
            for email in emails
        ]
        return [str(row["contributionId"]) for row in self.alder.ask(operations.upload(drafts))]

    def received(self, signal: str) -> list[Any]:
        """Others' feedback on a signal, as Alder who contributed it reads it."""
        document = "{ feedbackReceived { edges { node { verdict actions { action count } signal { id } } } } }"
        return _on(signal, self.alder.ask(Operation(document, {}, lambda found: found)))

    def given(self, signal: str) -> list[Any]:
        """Birch's own, with all that it attests."""
        document = """{ feedbackGiven { edges { node { reviewStatus reviewedAt reviewerRole policyReference
            signal { id } } } } }"""
        return _on(signal, self.birch.ask(Operation(document, {}, lambda found: found)))

    @contextmanager
    def away(self) -> Iterator[None]:
        """While nothing that the platform sends reaches the exchange."""
        self.proxy.cut(Way.TO_EXCHANGE, 0, times=1_000_000)
        yield
        self.proxy.mend()


def _on(signal: str, found: Any) -> list[Any]:
    return [edge["node"] for edge in found["edges"] if edge["node"]["signal"]["id"] == signal]


@contextmanager
def world() -> Iterator[World]:
    with own_exchange() as running:
        place = urlsplit(running.url)
        assert place.hostname
        assert place.port
        assert running.directory
        demo = read_settings(running.directory / "demo.env")
        alder, birch, operator = (
            Exchange(running.url, ClientSecret(demo[f"{name}_CLIENT"], demo[f"{name}_SECRET"]))
            for name in ("ALDER", "BIRCH", "OPERATOR")
        )
        scopes = re.findall(r"`([a-z]+:[a-z]+)`", SECTION.partition("```")[0])
        given = {"participantId": demo["BIRCH_PARTICIPANT"], "name": "Sign-ups", "scopes": scopes}
        with cutting_proxy(place.hostname, place.port) as proxy, alder, birch, operator:
            made = operator.ask(Operation(REGISTER, {"input": given}, lambda found: found))
            client, secret = made["client"]["id"], made["clientSecret"]
            told = f"LANTERN={proxy.url}\nBIRCH_CLIENT={client}\nBIRCH_SECRET={secret}\n"
            yield World(alder, birch, secret, client, proxy, told)


@dataclass
class Platform:
    """The example as a process, and its platform and reviewers, who talk to it by HTTP."""

    command: list[str]
    directory: Path
    settings: dict[str, str] = field(repr=False)
    database: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def start(self) -> None:
        environment = {**bare(), **self.settings, "PORT": str(self.port), "SECONDS_BETWEEN": "0.3"}
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=self.directory, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        until(self._answers)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return self.get("/queue").is_success
        except httpx.TransportError:
            return False  # It does not listen yet.

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=PATIENCE)

    def post(self, path: str, said: Any) -> httpx.Response:
        return httpx.post(self.url + path, json=said, trust_env=False, timeout=PATIENCE)

    def hits(self, account: str) -> list[Any]:
        return [hit for hit in self.get("/queue").json() if hit["account"] == account]

    def sign_up(self, account: str, email: str) -> None:
        answer = self.post("/sign-ups", {"account": account, "email": email})
        assert (answer.status_code, answer.json()) == (201, {"account": account})

    def queued(self, account: str, email: str) -> Any:
        """The hit of a sign-up, once the signal has come to the platform."""

        def signed_up() -> list[Any]:
            self.sign_up(account, email)
            return self.hits(account)

        (hit,) = until(signed_up)
        return hit

    def decide(self, hit: Any, **said: Any) -> httpx.Response:
        return self.post(f"/queue/{hit['id']}/decision", {"role": "Child safety investigator", **said})

    def kept(self, account: str) -> list[Any]:
        """What it keeps of an account."""
        with sqlite3.connect(self.database) as database:
            return database.execute("SELECT email, signal FROM hit WHERE account = ?", (account,)).fetchall()


def bare() -> dict[str, str]:
    """The environment, without what is set for this checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EXCHANGE_"))}


def pasted(script: str, directory: Path, path: Path, **environment: str) -> str:
    """What a block of the README says in a shell that finds programs in `path` first."""
    shell = ["bash", "-euo", "pipefail", "-c", script]
    settings = {**bare(), **environment, "PATH": f"{path}:{os.environ['PATH']}"}
    done = subprocess.run(shell, cwd=directory, env=settings, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def in_python(world: World, installed: Path, directory: Path) -> Platform:
    """Connected as the README says."""
    (directory / "demo.env").write_text(world.demo)
    (directory / "connect.py").write_text(block("python connect-python"))
    # The environment has the client already.
    steps = [line for line in block("sh connect").splitlines() if not line.startswith("pip install")]
    settings = {"EXCHANGE_HOME": str(directory / "home")}
    pasted("\n".join(steps).replace(DEMO, "demo.env"), directory, installed / "bin", **settings)
    command = [str(installed / "bin" / "python"), "connect.py"]
    return Platform(command, directory, settings, directory / "home" / "main" / "reviews.db")


def in_typescript(world: World, packages: Path, node: Path, directory: Path) -> Platform:
    """With types that are generated and checked as the README says."""
    (directory / "node_modules").symlink_to(packages / "node_modules")
    (directory / "package.json").write_text(json.dumps({"type": "module"}))
    shutil.copy(CHECKOUT / "schema.graphql", directory)
    for name, kind in (
        ("connect.graphql", "graphql connect-documents"),
        ("codegen.json", "json connect-codegen"),
        ("connect.ts", "ts connect-typescript"),
    ):
        (directory / name).write_text(block(kind))
    secret = directory / "birch.secret"
    secret.write_text(world.secret)
    steps = [line.replace("npx ", "node_modules/.bin/") for line in block("sh connect-types").splitlines()[1:]]
    pasted("\n".join(steps), directory, node.parent)
    settings = {
        "EXCHANGE_URL": world.proxy.url,
        "EXCHANGE_CLIENT": world.client_id,
        "EXCHANGE_SECRET_FILE": str(secret),
    }
    return Platform([str(node), "connect.ts"], directory, settings, directory / "reviews.db")
