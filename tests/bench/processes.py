"""What processes used: processor time of a server and of the database's whole cluster, and peak memory."""

from dataclasses import dataclass
from pathlib import Path

import psutil

# Reading all processes of a cluster takes a moment; one that ends meanwhile is counted by then in its parent.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of processors."""

    application: float
    database: float
    driver: float

    def __sub__(self, before: "Used") -> "Used":
        return Used(self.application - before.application, self.database - before.database, self.driver - before.driver)

    def __add__(self, other: "Used") -> "Used":
        return Used(self.application + other.application, self.database + other.database, self.driver + other.driver)


NOTHING = Used(0.0, 0.0, 0.0)


def postmaster(directory: Path) -> psutil.Process:
    return psutil.Process(int((directory / "postgres" / "postmaster.pid").read_text().splitlines()[0]))


def used(application: psutil.Process, database: psutil.Process) -> Used:
    own = psutil.Process().cpu_times()
    return Used(_with_children(application), _with_children(database), own.user + own.system)


def _with_children(parent: psutil.Process) -> float:
    """Of a process, its children, and those of its children that have ended.

    The time of an ended child moves to its parent, so it is read again if one ended in between.
    """
    for _ in range(_TRIES):
        before = parent.cpu_times()
        total = _seconds(before) + before.children_user + before.children_system
        try:
            total += sum(_seconds(child.cpu_times()) for child in parent.children())
        except psutil.NoSuchProcess:
            continue
        after = parent.cpu_times()
        if (after.children_user, after.children_system) == (before.children_user, before.children_system):
            return total
    return total


def _seconds(times: "psutil._pslinux.pcputimes") -> float:
    return float(times.user + times.system)


def forget_peak(process: psutil.Process) -> None:
    """Let the peak of a process's memory begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def peak_mb(process: psutil.Process) -> float:
    """The most that it held since then, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("The kernel tells no peak of memory.")
