"""Whether answers are right: each has no errors, and some are compared, value by value, with what the limit gives."""

from datetime import datetime
from typing import Any

import httpx
import orjson

from tests.bench.calls import Call
from tests.bench.contender import Contender
from tests.bench.workloads import Workload

# What the limit cannot say without a key, or says otherwise.
_SEALED = frozenset({"maskedValue", "value", "title", "text", "endCursor"})
_MOMENTS = frozenset({"createdAt", "updatedAt", "addedAt", "joinedAt"})
# Seconds for one answer.
_PATIENCE = 60


class WrongAnswer(Exception):
    """A contender does not answer what was asked; its words hold no value."""


def ask(contender: Contender, workload: Workload, call: Call) -> Any:
    """The data of one answer. Raises: WrongAnswer."""
    head, _, body = contender.request(workload, call).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in lines)
    url = f"http://127.0.0.1:{contender.port}{contender.path(workload)}"
    answer = httpx.post(url, content=body, headers=headers, timeout=_PATIENCE, trust_env=False)
    said = orjson.loads(answer.content) if answer.is_success else {}
    if not answer.is_success or said.get("errors"):
        reason = [error.get("message") for error in said.get("errors", [])][:1]
        raise WrongAnswer(f"{contender.name} answers {workload.name} with {answer.status_code} {reason}")
    told = answer.headers.get("Lantern-Engine", "no word of who answered")
    if contender.engine is not None and not workload.writes and told.partition(";")[0] != contender.engine:
        raise WrongAnswer(f"{contender.name} does not answer {workload.name} itself: {told}")
    return said["data"]


def compare(contender: Contender, reference: Contender | None, workload: Workload, calls: list[Call]) -> None:
    """Raises: WrongAnswer unless the answers hold something, and what the reference says.

    Who knows no viewers cannot leave out what one of them does not see: it must hold no less.
    """
    things = 0
    for call in calls:
        data = ask(contender, workload, call)
        held = contender.counted(workload, data)
        things += held
        if reference is None:
            continue
        wanted = ask(reference, workload, call)
        if contender.knows_viewers and plain(data) != plain(wanted):
            raise WrongAnswer(f"{contender.name} answers {workload.name} otherwise than {reference.name}")
        if held < reference.counted(workload, wanted):
            raise WrongAnswer(f"{contender.name} answers {workload.name} with less than {reference.name}")
    if not things:
        raise WrongAnswer(f"{contender.name} answers {workload.name} with nothing")


def plain(data: Any) -> Any:
    """What both can say."""
    if isinstance(data, list):
        return [plain(item) for item in data]
    if isinstance(data, dict):
        return {name: _moment(name, plain(value)) for name, value in data.items() if name not in _SEALED}
    return data


def _moment(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS else value
