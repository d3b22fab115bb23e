"""Debian's Chromium, driven by playwright-core from npm, at a real exchange in a process of its own."""

import asyncio
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts import node_packages
from tests.readme_exchange import Running

_OURS = Path(__file__).parent
INSTALLED = node_packages.KEPT / "browser"
SCREENSHOTS = node_packages.KEPT / "screenshots"

DESK = {"name": "light", "colorScheme": "light", "viewport": {"width": 1440, "height": 900}}
NIGHT = {"name": "dark", "colorScheme": "dark", "viewport": {"width": 1280, "height": 800}}
HAND = {"name": "small", "colorScheme": "light", "viewport": {"width": 400, "height": 800}}

# Seconds for all that one call visits; a browser on a busy machine takes its time.
PATIENCE = 400

Told = dict[str, Any]


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def install() -> None:
    """Raises: CannotInstall."""
    node_packages.install(_OURS, INSTALLED.name)
    for script in _OURS.glob("*.mjs"):
        shutil.copy(script, INSTALLED / script.name)


@dataclass(frozen=True)
class Driver:
    """Visits one exchange."""

    exchange: Running
    browser: str

    async def visit(self, *visits: str, looks: tuple[Told, ...] = (DESK,)) -> dict[str, Told]:
        """What was seen, by the names of visit and look."""
        asked = {
            "url": self.exchange.url,
            "browser": self.browser,
            "demo": str(self.exchange.directory / "demo.env"),
            "screenshots": str(SCREENSHOTS),
            "visits": visits,
            "looks": looks,
        }
        command = [str(node_packages.node()), str(INSTALLED / "visit.mjs"), json.dumps(asked)]
        run = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, problems = await asyncio.wait_for(run.communicate(), PATIENCE)
        assert run.returncode == 0, problems.decode()
        told: dict[str, Told] = json.loads(out)
        return told


def faults(told: Told, host: str) -> list[str]:
    """What no visit may bring to light."""
    seen = told["seen"]
    tokens = [token for token in seen["tokens"] if token]
    return [
        *(f"console: {line}" for line in seen["consoled"]),
        *(f"script: {line}" for line in seen["failed"]),
        *(f"host: {other}" for other in seen["hosts"] if other != host),
        *(f"token in {place}" for place, text in told["left"].items() for token in tokens if token in text),
        *(
            f"code in {place}"
            for place, text in told["left"].items()
            if "code=" in text.replace("response_type=code", "")
        ),
        *(f"kept in {place}" for place in ("localStorage", "sessionStorage") if told["left"][place] != "[]"),
        *(f"barrier at {what}: {barrier}" for what, found in told["barriers"].items() for barrier in found),
    ]
