"""People of participants: the address by which they sign in."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from app.errors import InvalidInput, Refusal
from app.rules.keyring import Keyring
from app.rules.normal_forms.emails import plain, read
from app.rules.normal_forms.text import check_text


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Which people to list; what is null does not matter."""

    participant_id: UUID | None = None


def check_email(text: str) -> str:
    """In the one spelling that is compared. Raises: InvalidInput for what is no address."""
    try:
        return _read(text)
    except InvalidInput:
        raise InvalidInput("This is no e-mail address.", field="email", reason=Refusal.NOT_AN_EMAIL_ADDRESS) from None


def email_or_nobodys(text: str) -> str:
    """What to look a name up by; for what is no address a text that nobody has."""
    try:
        return _read(text)
    except InvalidInput:
        return ""


def email_digest(keyring: Keyring, email: str) -> bytes:
    """By which a person is found; the address itself is sealed. `email` is as `check_email` gives it."""
    return hmac.digest(keyring.derived("sign-in-name"), email.encode(), hashlib.sha256)


def _read(text: str) -> str:
    check_text(text)
    return plain(text) or read(text)
