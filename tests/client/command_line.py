"""The command line as somebody runs it, with a home of its own: in this process, or where it has to wait in another."""

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import keyring
from keyring.backends import fail

from app.client.cli import main
from scripts.exchange_client import Exchange as Running
from tests.client.installed import ROOT


@dataclass(frozen=True, slots=True)
class Done:
    stdout: str
    stderr: str


@dataclass
class CommandLine:
    """`lantern` with this home, and without a key ring; further environment is given by name."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, home: Path, running: Running, slug: str) -> "CommandLine":
        """Of a participant's program, as its environment says."""
        credentials = running.clients[slug]
        named = {"EXCHANGE_CLIENT": credentials.client_id, "EXCHANGE_SECRET": credentials.secret}
        return cls(home, {"EXCHANGE_URL": running.url, **named})

    def run(self, *arguments: str, code: int = 0, given: str = "", **environment: str) -> Done:
        """Asserts that it ends with this code; `given` comes from a pipe."""
        out, err, ended = io.StringIO(), io.StringIO(), 0
        before = keyring.get_keyring()
        keyring.set_keyring(fail.Keyring())
        with (
            patch.dict(os.environ, self._environment(environment), clear=True),
            patch.object(sys, "argv", ["lantern", *arguments]),
            patch.object(sys, "stdin", io.StringIO(given)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main.run()
            except SystemExit as end:
                ended = int(end.code or 0)
            finally:
                keyring.set_keyring(before)
        assert ended == code, (ended, out.getvalue(), err.getvalue())
        return Done(out.getvalue(), err.getvalue())

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """In a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "app.client.cli.main", *arguments],
            cwd=ROOT,
            env={"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"} | self._environment(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def json(self, *arguments: str) -> Any:
        """The one object that it prints."""
        (found,) = self.lines(*arguments)
        return found

    def lines(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self.run("--json", *arguments).stdout.splitlines()]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
        return kept | {"EXCHANGE_HOME": str(self.home), "COLUMNS": "200"} | self.environment | more
