"""Signing in: how long each part of it lasts, and the secrets that stand for it, of which only digests are kept."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from enum import StrEnum

from app.rules.keyring import Keyring

# A link to set a password, until somebody has passed it on.
LINK_LIFETIME = timedelta(days=7)

PASSWORD_PATH = "/oauth/password"  # noqa: S105  # a path


def link_path(link: str) -> str:
    """Where a person follows its link, at the address of the exchange."""
    return f"{PASSWORD_PATH}?link={link}"


# A browser's session at our own pages: since it was last used, and since the password was given.
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(hours=12)

# An authorization code is sent on at once by the program that gets it.
CODE_LIFETIME = timedelta(seconds=60)

# What a program may go on with after a sign-in, without the person: since its last refresh, and altogether. A working
# day, then the person shows up again.
REFRESH_IDLE = timedelta(hours=2)
FAMILY_LIFETIME = timedelta(hours=12)

# In which a refresh token may come once more, as its answer was lost, if the one that followed it was not used.
REPEAT_WITHIN = timedelta(seconds=10)


class Kept(StrEnum):
    """What a secret stands for; each has a key of its own, so that none can stand for another."""

    LINK = "password-link"
    SESSION = "browser-session"
    CODE = "authorization-code"
    REFRESH = "refresh-token"


# Let scanners find one that went astray; a cookie and a code go nowhere that is scanned.
_MARKS = {Kept.LINK: "lxl_", Kept.REFRESH: "lxr_"}


def new_secret(kind: Kept) -> str:
    """256 random bits."""
    return _MARKS.get(kind, "") + secrets.token_urlsafe(32)


def digest(keyring: Keyring, kind: Kept, secret: str) -> bytes:
    """What is kept and looked up. Nobody tries out 256 bits, so a slow hash would add nothing."""
    return hmac.digest(keyring.derived(kind), secret.encode(errors="surrogatepass"), hashlib.sha256)
