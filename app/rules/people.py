"""People of participants: the address by which they sign in."""

from app.errors import InvalidInput, Refusal
from app.rules.normal_forms.emails import plain, read
from app.rules.normal_forms.text import check_text


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


def _read(text: str) -> str:
    check_text(text)
    return plain(text) or read(text)
