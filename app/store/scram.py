"""Password verifiers for PostgreSQL, so that no password stands in a statement or in a server's log."""

import hashlib
import hmac
import secrets
from base64 import b64encode

# As PostgreSQL itself does by default. Sources: RFC 5802, RFC 7677; `scram_iterations` in the PostgreSQL manual.
ITERATIONS = 4096
SALT_BYTES = 16


def verifier(password: str) -> str:
    """What `CREATE ROLE ... PASSWORD` takes instead of the ASCII `password`: SCRAM-SHA-256 with a fresh salt."""
    salt = secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${ITERATIONS}:{_text(salt)}${_text(stored)}:{_text(server)}"


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
