"""Metrics for Prometheus, beside the exchange: on a port of their own, and for this machine alone."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from app.store.setup_error import SetupError

HOST = "127.0.0.1"


@contextmanager
def served(port: int | None) -> Iterator[None]:
    """Serve them meanwhile, in a thread; without a port, nowhere.

    Raises: SetupError if the port is taken or not ours to take.
    """
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, HOST)
    except OSError as error:
        raise SetupError(
            f"Cannot serve metrics on {HOST}, port {port}: {error.strerror}. See LANTERN_METRICS_PORT."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
