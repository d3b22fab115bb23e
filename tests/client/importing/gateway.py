"""A server between a participant and the exchange that answers some calls itself, as proxies and limits do."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


# What to answer instead of the exchange, from the path, the body, and the number of the call to that path.
Instead = Callable[[str, bytes, int], Answer | None]
# The path and the number of a call.
CarriedOut = Callable[[str, int], object]


@dataclass
class Gateway:
    url: str
    # Bodies that were passed on to /graphql.
    passed: list[bytes] = field(default_factory=list)


@contextmanager
def gateway(target: str, instead: Instead, carried_out: CarriedOut = lambda path, number: None) -> Iterator[Gateway]:
    """`carried_out` is called when the exchange has answered, before the participant hears of it."""
    found, calls, lock = Gateway(""), dict[str, int](), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with lock:
                number = calls[self.path] = calls.get(self.path, 0) + 1
            answer = instead(self.path, body, number)
            if answer is None:
                answer = self._passed_on(body)
                carried_out(self.path, number)
            with suppress(ConnectionError):
                self._answer(answer)

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _passed_on(self, body: bytes) -> Answer:
            if self.path == "/graphql":
                found.passed.append(body)
            connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=60)
            names = ("Authorization", "Content-Type", "Accept")
            connection.request(
                "POST", self.path, body, {name: self.headers[name] for name in names if self.headers[name]}
            )
            answered = connection.getresponse()
            passed = Answer(answered.status, {"Content-Type": "application/json"}, answered.read())
            connection.close()
            return passed

        def log_message(self, format: str, *args: object) -> None:
            """Nothing of what passes is written anywhere."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever was killed is not answered."""

    server = Server(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
