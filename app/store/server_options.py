"""The settings of the embedded PostgreSQL; they are given at each start, so a new release takes effect by itself."""

import os
from pathlib import Path

SUPERUSER = "postgres"
# It only names the socket: the server listens on no network address.
PORT = 5432

INITIAL = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The server's own locale: the order of text does not depend on the machine.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

# Nothing of what a client sends may reach the server's log: no statement, no parameter, no message about a value.
QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}

# For many small statements on one machine: no JIT, no parallel plans, room for bursts of writes between checkpoints.
WORKLOAD = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # After a checkpoint each page is logged whole when it first changes, and an upload changes pages all over the
    # indexes: with many of them in a large exchange, checkpoints at every 2 GB made most of what it costs.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # Plans made while the tables were small are kept until statistics come: within seconds, as uploads are large.
    "autovacuum_naptime": "5s",
}

# Megabytes of pages that the server holds: a part of the machine's memory, as PostgreSQL's documentation advises
# ("Resource Consumption", read 2026-11), within bounds. What is not used is not taken.
_PART, _LEAST_MB, _MOST_MB = 0.25, 128, 8_192
# What the container may use, where there is one; a word instead of a number stands for all.
_CONTAINER = Path("/sys/fs/cgroup/memory.max")

# For tests, whose rows nobody misses after a crash of the machine.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def at_start(*, durable: bool, socket_directory: str) -> dict[str, str]:
    """All settings of a server with its socket there; without `durable` it is faster and may lose data."""
    quoted = '"' + socket_directory.replace('"', '""') + '"'
    sized = {"shared_buffers": f"{held_mb(_memory_mb())}MB"}
    return WORKLOAD | sized | QUIET | ({} if durable else FLEETING) | {"unix_socket_directories": quoted}


def held_mb(memory_mb: int) -> int:
    return max(_LEAST_MB, min(int(memory_mb * _PART), _MOST_MB))


def _memory_mb() -> int:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limit = _CONTAINER.read_text().strip() if _CONTAINER.exists() else ""
    return (min(machine, int(limit)) if limit.isdecimal() else machine) >> 20
