"""Health for whoever runs the exchange: is the process alive, and can it do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.graphql import masking
from app.rules import limits

log = structlog.get_logger("lantern.web")

Check = Callable[[], Awaitable[object]]
"""Returns if what it looks at works, and raises if not."""

LIVE_PATH = "/health/live"
READY_PATH = "/health/ready"


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """`/health/live` and `/health/ready`; the latter names the checks that fail, and no more."""

    async def ready(_request: Request) -> Response:
        outcomes = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
        failing = [name for name, passes in zip(checks, outcomes, strict=True) if not passes]
        if failing:
            return JSONResponse({"status": "unavailable", "failing": failing}, 503)
        return JSONResponse({"status": "ready"})

    return [Route(LIVE_PATH, _live, methods=["GET"]), Route(READY_PATH, ready, methods=["GET"])]


async def _live(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(limits.CHECK_SECONDS):
            await check()
    except Exception as error:
        log.warning("check failed", check=name, **masking.summary(error))
        return False
    return True
