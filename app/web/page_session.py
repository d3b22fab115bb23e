"""The cookie by which our pages know a browser, and what keeps other sites from using their forms."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from app.rules.keyring import Keyring

# Characters of a cookie of ours, 256 random bits; whatever else comes under its name is none.
_LENGTH = 43


@dataclass(frozen=True, slots=True)
class Browser:
    """`secret` is the cookie's: of a session once somebody signed in, before that of nothing but this browser."""

    secret: str = field(repr=False)
    is_new: bool


@dataclass(frozen=True, slots=True)
class Browsers:
    """The browsers of one exchange; over https their cookie belongs to its host alone and never travels in clear."""

    issuer: str
    keyring: Keyring = field(repr=False)

    @property
    def _is_secure(self) -> bool:
        return self.issuer.startswith("https://")

    @property
    def cookie(self) -> str:
        return "__Host-lantern" if self._is_secure else "lantern"

    def of(self, request: Request) -> Browser:
        shown = request.cookies.get(self.cookie, "")
        if len(shown) == _LENGTH and shown.isascii():
            return Browser(shown, is_new=False)
        return Browser(secrets.token_urlsafe(32), is_new=True)

    def token(self, browser: Browser) -> str:
        """For a hidden field of a form: it goes with this browser's cookie and no other."""
        key = self.keyring.derived("form-token")
        return hmac.new(key, browser.secret.encode(), hashlib.sha256).hexdigest()

    def came_from_us(self, browser: Browser, token: str) -> bool:
        """Whether a form with this token was shown to this browser; in constant time."""
        return not browser.is_new and hmac.compare_digest(self.token(browser).encode(), token.encode())

    def remember(self, response: Response, secret: str) -> None:
        """A cookie that ends with the browser; how long it counts is decided here, not there."""
        response.set_cookie(self.cookie, secret, path="/", secure=self._is_secure, httponly=True, samesite="lax")

    def forget(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self._is_secure, httponly=True, samesite="lax")
