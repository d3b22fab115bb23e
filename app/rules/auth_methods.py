"""How a client proves to the authorization server that it is itself, by the names that OAuth 2 has for it."""

from enum import StrEnum


class AuthMethod(StrEnum):
    """Each client has one of them, so a weaker one can never stand in for it."""

    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105  # the name of a method
    PRIVATE_KEY_JWT = "private_key_jwt"
    # Of programs in which people sign in, and that cannot keep a secret; they never act by themselves.
    NONE = "none"
