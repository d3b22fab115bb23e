"""How long an answer asks to wait (RFC 9110, 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

# An exchange that is busy is so for seconds; who asks for longer would stop a program that runs by itself.
MOST_SECONDS = 3600.0


def seconds(answer: httpx.Response) -> float:
    """From a number or a date, an hour at most; what is neither is no wish."""
    said = answer.headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return min(float(said), MOST_SECONDS)
    try:
        asked = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        return min(max(0.0, asked), MOST_SECONDS)
    except (TypeError, ValueError):
        return 0.0
