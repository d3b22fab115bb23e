"""Serving over HTTP until the program is told to stop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from app.rules import limits
from app.store.setup_error import SetupError
from app.web.bounded_http import BoundedHttp
from app.web.bounded_socket import BoundedSocket

# Seconds that open requests get to finish; longer than any operation may take would keep a restart waiting.
GRACE_SECONDS = 10


@contextmanager
def listener(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port before anything slow begins: most likely another exchange already serves there.

    Raises: SetupError if it is taken or not ours to take.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"Cannot serve on {host}, port {port}: {error.strerror}. See LANTERN_HOST and LANTERN_PORT."
            ) from error
        yield opened


async def answer(application: ASGIApp, opened: socket.socket) -> None:
    """Answer requests until this task is cancelled, and finish those that are open by then."""
    config = uvicorn.Config(
        application,
        http=BoundedHttp,
        ws=BoundedSocket,
        ws_max_size=limits.MAX_MESSAGE_BYTES,
        ws_ping_interval=limits.PING_SECONDS,
        ws_ping_timeout=limits.PING_SECONDS,
        # What each socket would keep for it is more than its messages are.
        ws_per_message_deflate=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the program: uvicorn would raise them again before the database has stopped."""
        yield
