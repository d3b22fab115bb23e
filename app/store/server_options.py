"""The settings of the embedded PostgreSQL; they are given at each start, so a new release takes effect by itself."""

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
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # Plans made while the tables were small are kept until statistics come: within seconds, as uploads are large.
    "autovacuum_naptime": "15s",
}

# For tests, whose rows nobody misses after a crash of the machine.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


def at_start(*, durable: bool, socket_directory: str) -> dict[str, str]:
    """All settings of a server with its socket there; without `durable` it is faster and may lose data."""
    quoted = '"' + socket_directory.replace('"', '""') + '"'
    return WORKLOAD | QUIET | ({} if durable else FLEETING) | {"unix_socket_directories": quoted}
