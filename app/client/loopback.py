"""A server on this machine alone, to which the browser of a person who signs in comes back, once."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .errors import Misconfigured, NotSignedIn

PATH = "/callback"
# Seconds that a person has to sign in.
SIGN_IN_SECONDS = 600.0
# Seconds between two looks at the clock.
_LOOK_SECONDS = 0.2
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="font-family: sans-serif; margin: 3em"><h1>{title}</h1><p>{words}</p></body></html>"""
_DONE = _PAGE.format(title="Thank you", words="The command line goes on by itself. You may close this page.")
_NOT_DONE = _PAGE.format(title="Not expected", words="Nobody waits for this page. Begin again with lantern login.")


class Listener(ThreadingHTTPServer):
    """Takes one visit, the first that answers what was asked; all others are turned away."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Visit)
        self.timeout = _LOOK_SECONDS
        self.answers: Callable[[Mapping[str, str]], bool] = lambda came: False
        self.came: Mapping[str, str] | None = None

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{PATH}"

    def wait(self, answers: Callable[[Mapping[str, str]], bool], seconds: float = SIGN_IN_SECONDS) -> Mapping[str, str]:
        """What the browser brings. Raises: NotSignedIn if it does not come in time."""
        self.answers = answers
        deadline = time.monotonic() + seconds
        while self.came is None:
            if time.monotonic() > deadline:
                raise NotSignedIn(f"Nobody signed in within {seconds / 60:.0f} minutes.")
            self.handle_request()
        return self.came


class _Visit(BaseHTTPRequestHandler):
    server: Listener
    # Seconds: browsers open connections that they may never use.
    timeout = 5

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        came = dict(parse_qsl(address.query))
        is_expected = address.path == PATH and self.server.came is None and self.server.answers(came)
        page = (_DONE if is_expected else _NOT_DONE).encode()
        self.send_response(200 if is_expected else 400)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)
        if is_expected:
            self.server.came = came

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the address holds the code."""


@contextmanager
def listening(port: int = 0) -> Iterator[Listener]:
    """`port`: 0 for one that is free. Raises: Misconfigured if it is not."""
    try:
        listener = Listener(port)
    except OSError:
        raise Misconfigured(f"Another program on this machine uses port {port}.") from None
    with listener:
        yield listener
