"""What all our pages for people have in common: a transaction of the desk, a form that is really ours, a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from authlib.oauth2.rfc6749 import OAuth2Error
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.rules.keyring import Keyring
from app.services.sign_ins import Desk
from app.store.database import Database
from app.web import oauth_request
from app.web.page_session import Browser, Browsers
from app.web.password_attempts import PasswordAttempts
from app.web.password_check import PasswordCheck, TooManyPasswords
from app.web.refusals import BUSY_SECONDS
from app.web.rendering import page

T = TypeVar("T")

_OUTDATED = "Go back, load the page again and repeat what you did. Your browser must accept cookies for this."
_BUSY = "Very much is going on. Try again in a moment."


class PageRefused(Exception):
    """What a person is told instead of a page; the words are ours."""

    def __init__(self, title: str, words: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(title)
        self.title = title
        self.words = words
        self.status = status
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """The desk of one exchange, in one process."""

    database: Database
    issuer: str
    keyring: Keyring = field(repr=False)
    clock: Callable[[], datetime]
    attempts: PasswordAttempts = field(default_factory=PasswordAttempts)
    check: PasswordCheck = field(default_factory=PasswordCheck)

    @property
    def browsers(self) -> Browsers:
        return Browsers(self.issuer, self.keyring)

    async def at(self, work: Callable[[Desk], T]) -> T:
        """What is done in one transaction."""
        async with self.database.desk() as session:
            return await session.run_sync(lambda opened: work(Desk(opened, self.keyring, self.clock())))

    async def form(self, request: Request, browser: Browser) -> Mapping[str, str]:
        """What a person filled into a page that this browser was shown. Raises: PageRefused."""
        try:
            given = await oauth_request.form(request)
        except OAuth2Error as error:
            raise PageRefused("This form cannot be read", _OUTDATED, error.status_code) from None
        if not self.browsers.came_from_us(browser, given.get("csrf", "")):
            raise PageRefused("This page is out of date", _OUTDATED, 403)
        return given

    def page(
        self, name: str, browser: Browser, *, status: int = 200, forms_to: Sequence[str] = (), **given: Any
    ) -> Response:
        """A page with a form, for this browser alone."""
        token = self.browsers.token(browser)
        shown = page(name, status=status, forms_to=forms_to, csrf=token, **given)
        if browser.is_new:
            self.browsers.remember(shown, browser.secret)
        return shown

    async def answered(self, answering: Callable[[Request], Any], request: Request) -> Response:
        """The answer, or a page that says why there is none."""
        try:
            answer: Response = await answering(request)
        except PageRefused as refusal:
            return told(refusal)
        except (NoFreeConnection, TooManyPasswords):
            return told(PageRefused("Please wait", _BUSY, 503, {"Retry-After": str(BUSY_SECONDS)}))
        except ClientDisconnect:
            return Response(status_code=400)
        return answer


def told(refusal: PageRefused) -> Response:
    shown = page("message", status=refusal.status, title=refusal.title, words=refusal.words, alert=True)
    shown.headers.update(refusal.headers)
    return shown


def address_of(request: Request) -> str:
    """Of whoever asks; behind a proxy the one that it tells, if the server trusts it."""
    return request.client.host if request.client else ""
