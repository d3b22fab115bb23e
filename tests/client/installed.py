"""The client as a participant installs it: the wheel, alone in a virtual environment of its own."""

import fcntl
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment, made once for the run; what runs side by side shares it. Skips without a package index."""
    return environment(tmp_path_factory.getbasetemp(), "installed", "", "--only-binary", ":all:")


def environment(base: Path, name: str, extra: str, *options: str) -> Path:
    """One with the client and an extra of it, such as `[threatexchange]`."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    place, ready = base / name, base / f"{name}.ready"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            venv.create(place, with_pip=True, clear=True)
            _pip(place, "install", *options, f"{wheel(base / f'{name}.wheel')}{extra}")
            ready.touch()
    return place


def wheel(into: Path) -> Path:
    """What `pip install` is given, built from the checkout without network."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = into.glob("*.whl")
    return built


def run(place: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program of that environment, which knows nothing of this checkout; asserts that it succeeds."""
    name, *arguments = command
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EXCHANGE_"))}
    done = subprocess.run(
        [str(place / "bin" / name), *arguments],
        cwd=place,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _pip(place: Path, *arguments: str) -> None:
    pip = [str(place / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([*pip, *arguments], capture_output=True, text=True, check=False)
    if (
        done.returncode
        and subprocess.run([*pip, "index", "versions", "idna"], capture_output=True, check=False).returncode
    ):
        pytest.skip("The package index does not answer, so the client cannot be installed alone.")
    assert done.returncode == 0, done.stderr
