"""What the OAuth2 endpoints refuse with, beyond what Authlib has words for."""

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidClientError

from app.web.refusals import BUSY_SECONDS


class UnknownClientError(InvalidClientError):  # type: ignore[misc]  # Authlib has no types
    """Without a client, with an unknown one, a wrong secret and what its key did not sign, it is the same answer."""

    def __init__(
        self,
        description: str = "Authenticate with client_secret_basic or private_key_jwt, whichever the client was"
        " registered for; the client, its secret or its assertion is wrong.",
    ) -> None:
        super().__init__(description, status_code=401)

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = OAuth2Error.get_headers(self)
        return [*headers, ("WWW-Authenticate", 'Basic realm="lantern", charset="UTF-8"')]


class TooManyAttemptsError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    error = "slow_down"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many failed attempts in the name of this client; wait.", status_code=429)
        self.seconds = seconds

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, ("Retry-After", str(self.seconds))]


class BusyError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    error = "temporarily_unavailable"

    def __init__(self) -> None:
        super().__init__("The exchange is busy. Try again in a moment.", status_code=503)

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, ("Retry-After", str(BUSY_SECONDS))]
