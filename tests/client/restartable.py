"""An exchange of one's own that can be killed and started again, on the same data and the same port."""

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from scripts.exchange_client import (
    LOG,
    STOP_SECONDS,
    Credentials,
    free_port,
    read_credentials,
    started,
    wait_until_ready,
)


@dataclass
class Restartable:
    directory: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    clients: Mapping[str, Credentials] = field(default_factory=dict)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.server = started(self.directory, self.port, self.settings)

    def wait(self) -> None:
        assert self.server is not None
        wait_until_ready(self.url, self.server, self.directory / LOG)
        self.clients = read_credentials(self.directory / "demo.env")

    def kill(self) -> None:
        """With SIGKILL; its database goes on, as after a crash of the program, and is taken over."""
        assert self.server is not None
        self.server.kill()
        self.server.wait(STOP_SECONDS)

    def stop(self) -> None:
        if self.server is not None and self.server.poll() is None:
            self.server.terminate()
            self.server.wait(STOP_SECONDS)


@contextmanager
def restartable(settings: Mapping[str, str] | None = None) -> Iterator[Restartable]:
    with tempfile.TemporaryDirectory(prefix="lantern-") as name:
        exchange = Restartable(Path(name), free_port(), settings or {})
        exchange.start()
        try:
            exchange.wait()
            yield exchange
        finally:
            exchange.stop()
