"""Passwords of people: which are refused, and how they are kept."""

from typing import Final
from unicodedata import normalize

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import InvalidInput, Refusal
from app.rules.normal_forms.text import folded

# Characters. Length is what counts, so nothing is asked about their kinds (NIST SP 800-63B-4, section 3.1.1.2).
MIN_LENGTH = 12
# A longer text is no password; it would only be hashed at our cost.
MAX_LENGTH = 200
# Fewer different characters are one that is repeated.
_MIN_DIFFERENT = 4
# Characters of the parts of a name or an address that are worth looking for.
_MIN_PART = 4

# Argon2id with 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet, "Argon2id", read 2026-11.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)

# Of a password that nobody knows; whoever signs in under an unknown name waits as long as with a wrong password.
_NOBODYS: Final = "$argon2id$v=19$m=19456,t=2,p=1$nmWUK6ofxxLLIRtJlpxsjA$6RE0C2esT+xJgtEGznX3hxQ5bKzaOWxkeLDxjFlUSvE"


def check(password: str, *, name: str, email: str) -> None:
    """Raises: InvalidInput for one that is short, overlong, of few characters, or made of the person's own name."""
    if len(password) < MIN_LENGTH:
        raise _refused(f"Choose a password of at least {MIN_LENGTH} characters.", Refusal.TOO_SHORT)
    if len(password) > MAX_LENGTH:
        raise _refused(f"Choose a password of at most {MAX_LENGTH} characters.", Refusal.TOO_LONG)
    plain = folded(password)
    if len(set(plain)) < _MIN_DIFFERENT or any(part in plain for part in _parts(name, email)):
        raise _refused(
            f"Choose a password of at least {_MIN_DIFFERENT} different characters, without your name or address in it.",
            Refusal.EASY_PASSWORD,
        )


def hashed(password: str) -> str:
    """Takes some 30 ms and 19 MiB."""
    return _HASHER.hash(_plain(password))


def is_right(password: str, kept: str | None) -> bool:
    """As much work without a kept hash, and never right then."""
    try:
        return _HASHER.verify(kept or _NOBODYS, _plain(password)) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was made with other costs than new ones are."""
    return _HASHER.check_needs_rehash(kept)


def _plain(password: str) -> str:
    """The same whichever keyboard it comes from. No kept password is longer, so an overlong one is never right."""
    return normalize("NFKC", password[: MAX_LENGTH + 1])


def _parts(name: str, email: str) -> set[str]:
    words = [*name.split(), *email.replace("@", " ").replace(".", " ").split(), email]
    return {part for part in map(folded, words) if len(part) >= _MIN_PART}


def _refused(message: str, reason: Refusal) -> InvalidInput:
    return InvalidInput(message, field="password", reason=reason)
