"""One who answers: how a call is put to it, and how its answers are read."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import psutil

from app.rules.ids import Prefix, shown
from tests.bench.calls import Call
from tests.bench.driver import request
from tests.bench.kept import DataSet
from tests.bench.workloads import Workload

LIMIT, COMPILED, STANDARD, POSTGRAPHILE = "limit", "compiled", "standard", "postgraphile"
# A token lives for ten minutes; a round is far shorter than what is left.
_TOKEN_SECONDS = 300


@dataclass(slots=True)
class Contender:
    """A running server. This is the exchange; the others differ in what they are asked and how."""

    name: str
    port: int
    process: psutil.Process
    data: DataSet = field(repr=False)
    _tokens: dict[int, tuple[str, float]] = field(default_factory=dict, repr=False)
    _bodies: dict[int, tuple[Call, bytes]] = field(default_factory=dict, repr=False)

    @property
    def engine(self) -> str | None:
        """What the header of its answers says of who read."""
        return self.name if self.name in (COMPILED, STANDARD) else None

    @property
    def knows_viewers(self) -> bool:
        """Whether it gives each viewer what that one sees, and so the same as the limit."""
        return True

    def request(self, workload: Workload, call: Call) -> bytes:
        # Kept together with the call, whose number would otherwise be another's once it is gone.
        _, body = self._bodies.get(id(call), (call, b""))
        if not body:
            body = self.body(workload, call)
            if not workload.writes:
                self._bodies[id(call)] = (call, body)
        return request(self.path(workload), body, self.token(call.viewer))

    def path(self, workload: Workload) -> str:
        return "/graphql"

    def body(self, workload: Workload, call: Call) -> bytes:
        return orjson.dumps({"query": workload.document, "variables": call.variables})

    def token(self, viewer: int) -> str | None:
        """As any client gets one, over HTTP; a new one before the old one ends."""
        token, since = self._tokens.get(viewer, ("", 0.0))
        if not token or time.monotonic() - since > _TOKEN_SECONDS:
            who = self.data.viewers[viewer]
            auth = (shown(Prefix.CLIENT, who.client_id), who.secret)
            url = f"http://127.0.0.1:{self.port}/oauth/token"
            answer = httpx.post(url, data={"grant_type": "client_credentials"}, auth=auth, trust_env=False)
            token, since = answer.raise_for_status().json()["access_token"], time.monotonic()
            self._tokens[viewer] = (token, since)
        return token

    def looks_right(self, workload: Workload) -> Callable[[bytes], bool]:
        """A quick look at each answer during the measurement."""
        if workload.writes:
            return lambda body: b'"errors"' not in body and b'"rejected":0' in body
        return lambda body: b'"errors"' not in body

    def counted(self, workload: Workload, data: Any) -> int:
        """How many things an answer holds."""
        found = data[workload.field]
        if workload.name == "match":
            return sum(outcome["best"] is not None for outcome in found)
        if workload.name == "feed":
            return sum(not item["removed"] for item in found["items"])
        if workload.name == "case":
            return len(found["signals"]["edges"]) + len(found["notes"]["edges"])
        if workload.name == "graph":
            return 0 if found is None else len(found["links"]["edges"]) + len(found["cases"])
        return int(found["created"]) if workload.writes else int(found is not None)
