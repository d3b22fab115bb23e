"""The command line as somebody runs it: a process with a home of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.exchange_client import Exchange as Running
from tests.client.installed import ROOT

NO_KEY_RING = "keyring.backends.fail.Keyring"


@dataclass
class CommandLine:
    """`lantern` with this home; further environment is given by name."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, home: Path, running: Running, slug: str) -> "CommandLine":
        """Of a participant's program, as its environment says."""
        credentials = running.clients[slug]
        named = {"EXCHANGE_CLIENT": credentials.client_id, "EXCHANGE_SECRET": credentials.secret}
        return cls(home, {"EXCHANGE_URL": running.url, **named})

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
        given = {"EXCHANGE_HOME": str(self.home), "PYTHON_KEYRING_BACKEND": NO_KEY_RING, "COLUMNS": "200"}
        return subprocess.Popen(
            [sys.executable, "-m", "app.client.cli.main", *arguments],
            cwd=ROOT,
            env=kept | given | self.environment | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, code: int = 0, given: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Asserts that it ends with this code."""
        process = self.begin(*arguments, **environment)
        out, err = process.communicate(given, timeout=120)
        assert process.returncode == code, (process.returncode, out, err)
        return subprocess.CompletedProcess(arguments, code, out, err)

    def json(self, *arguments: str) -> Any:
        """The one object that it prints."""
        (found,) = self.lines(*arguments)
        return found

    def lines(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.run("--json", *arguments).stdout.splitlines()]
