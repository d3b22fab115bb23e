"""The authorization endpoint: a person signs in, sees what a program asks for, and is sent back to it with a code.

Everything that it needs stands in its address, which each step checks anew; only who is signed in is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.rules import frontends
from app.rules.scopes import DESCRIPTIONS
from app.rules.sign_ins import FAMILY_LIFETIME
from app.services import sign_ins
from app.services.sign_ins import AtBrowser, Desk, Granted
from app.web import authorization_request, signing_in
from app.web.authorization_request import Asked, NotAnswerable, Redirected, in_words
from app.web.page_session import Browser
from app.web.people_desk import PageRefused, PeopleDesk
from app.web.signing_in import Refused

AUTHORIZATION_PATH = "/oauth/authorize"

_CANNOT_GO_ON = "This sign-in cannot go on"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a browser."""

    request: Request
    given: Mapping[str, str]
    browser: Browser

    def again(self, *, without: str = "") -> Response:
        """The same, asked anew by the browser, without a word of `prompt` that has been followed."""
        prompt = " ".join(word for word in self.given.get("prompt", "").split() if word != without)
        query = {name: value for name, value in {**self.given, "prompt": prompt}.items() if value}
        return RedirectResponse(f"{AUTHORIZATION_PATH}?{urlencode(query)}", 303)

    @property
    def address(self) -> str:
        return f"{AUTHORIZATION_PATH}?{urlencode(self.given)}"


@dataclass(frozen=True, slots=True)
class Authorization:
    desk: PeopleDesk

    def route(self) -> Route:
        return Route(AUTHORIZATION_PATH, self.answer, methods=["GET", "POST"])

    async def answer(self, request: Request) -> Response:
        return await self.desk.answered(self._answered, request)

    async def _answered(self, request: Request) -> Response:
        try:
            given = authorization_request.parameters(request)
            visit = Visit(request, given, self.desk.browsers.of(request))
            if request.method == "POST":
                return await self._taken(visit)
            return await self.desk.at(lambda desk: self._looked_at(desk, visit))
        except NotAnswerable as refusal:
            raise PageRefused(_CANNOT_GO_ON, refusal.words, 400) from None
        except Redirected as refusal:
            return self._sent(authorization_request.sent_back(refusal))

    def _looked_at(self, desk: Desk, visit: Visit) -> Response:
        """What the person has to see next, or the code if nothing."""
        asked, browser = self._found(desk, visit)
        if browser is None or "login" in asked.prompt:
            if "none" in asked.prompt:
                raise asked.refusal("login_required", "Nobody is signed in.")
            return self._sign_in_page(visit, asked)
        scopes = self._offered(asked, browser)
        if "consent" not in asked.prompt and sign_ins.has_consented(desk, browser.person, asked.client, scopes):
            return self._coded(desk, asked, browser, scopes)
        if "none" in asked.prompt:
            raise asked.refusal("consent_required", "The person has to allow it first.")
        return self._consent_page(visit, asked, browser, scopes)

    async def _taken(self, visit: Visit) -> Response:
        """What the person did on a page."""
        asked = await self.desk.at(lambda desk: self._found(desk, visit)[0])
        form = await self.desk.form(visit.request, visit.browser)
        match form.get("step"):
            case "sign-in":
                return await self._signed_in(visit, asked, form)
            case "allow":
                shown = frozenset(form.get("scopes", "").split())
                return await self.desk.at(lambda desk: self._allowed(desk, visit, shown))
            case "other":
                await self.desk.at(lambda desk: sign_ins.end_session(desk, visit.browser.secret))
                answer = visit.again(without="login")
                self.desk.browsers.forget(answer)
                return answer
        raise asked.refusal("access_denied", "The person did not allow it.")

    async def _signed_in(self, visit: Visit, asked: Asked, form: Mapping[str, str]) -> Response:
        try:
            secret = await signing_in.sign_in(self.desk, visit.request, visit.browser, form)
        except Refused as refusal:
            return self._sign_in_page(visit, asked, refusal)
        answer = visit.again(without="login")
        self.desk.browsers.remember(answer, secret)
        return answer

    def _allowed(self, desk: Desk, visit: Visit, shown: frozenset[str]) -> Response:
        """Only what the person saw: what it could allow may have grown since."""
        asked, browser = self._found(desk, visit)
        if browser is None:
            return visit.again()
        scopes = self._offered(asked, browser)
        if not scopes <= shown:
            return visit.again()
        sign_ins.consent(desk, browser.person, asked.client, scopes)
        return self._coded(desk, asked, browser, scopes)

    def _found(self, desk: Desk, visit: Visit) -> tuple[Asked, AtBrowser | None]:
        """Raises: NotAnswerable, Redirected."""
        asked = authorization_request.check(desk.session, self.desk.issuer, visit.given)
        return asked, sign_ins.at_browser(desk, None if visit.browser.is_new else visit.browser.secret)

    def _offered(self, asked: Asked, browser: AtBrowser) -> frozenset[str]:
        """Raises: Redirected if there is nothing that this person could let this program do."""
        if not sign_ins.may_sign_in(browser.person, asked.client):
            raise asked.refusal("access_denied", "The program signs in people of its own participant alone.")
        scopes = sign_ins.offered(browser.person, asked.scopes)
        if not scopes:
            raise asked.refusal("access_denied", "The person has none of these scopes.")
        return scopes

    def _coded(self, desk: Desk, asked: Asked, browser: AtBrowser, scopes: frozenset[str]) -> Response:
        granted = Granted(asked.client, scopes, asked.redirect_uri, asked.challenge)
        return self._sent(asked.answer(sign_ins.give_code(desk, browser, granted)))

    def _sent(self, address: str) -> Response:
        """Back to the program, which is told who answers it (RFC 9207)."""
        return RedirectResponse(f"{address}&{urlencode({'iss': self.desk.issuer})}", 303)

    def _sign_in_page(self, visit: Visit, asked: Asked, refusal: Refused | None = None) -> Response:
        shown = self.desk.page(
            "sign_in",
            visit.browser,
            status=200 if refusal is None else refusal.status,
            forms_to=[frontends.origin(asked.redirect_uri)],
            problem=refusal and refusal.words,
            program=asked.client.name,
            owner=asked.client.participant_id,
            action=visit.address,
        )
        if refusal is not None:
            shown.headers.update(refusal.headers)
        return shown

    def _consent_page(self, visit: Visit, asked: Asked, browser: AtBrowser, scopes: frozenset[str]) -> Response:
        return self.desk.page(
            "consent",
            visit.browser,
            forms_to=[frontends.origin(asked.redirect_uri)],
            program=asked.client.name,
            person=browser.person,
            scopes={scope: DESCRIPTIONS[scope] for scope in in_words(scopes)},
            destination=urlsplit(asked.redirect_uri).netloc,
            hours=int(FAMILY_LIFETIME.total_seconds() // 3600),
            action=visit.address,
        )
