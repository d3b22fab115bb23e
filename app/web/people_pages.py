"""All our pages for people: signing in and out, and the link by which a password is set."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import InvalidInput
from app.rules import passwords
from app.rules.sign_ins import PASSWORD_PATH
from app.services import sign_ins
from app.services.sign_ins import Desk, Linked
from app.web.authorize import Authorization
from app.web.built_pages import GRAPHIQL_PATH
from app.web.people_desk import PageRefused, PeopleDesk
from app.web.rendering import page, style_route

SIGN_OUT_PATH = "/oauth/sign-out"


def routes(desk: PeopleDesk) -> list[Route]:
    others = People(desk)
    return [
        Authorization(desk).route(),
        Route(SIGN_OUT_PATH, others.sign_out, methods=["GET", "POST"]),
        Route(PASSWORD_PATH, others.password, methods=["GET", "POST"]),
        style_route(),
    ]


@dataclass(frozen=True, slots=True)
class People:
    desk: PeopleDesk

    async def sign_out(self, request: Request) -> Response:
        return await self.desk.answered(self._signed_out, request)

    async def password(self, request: Request) -> Response:
        return await self.desk.answered(self._password, request)

    async def _signed_out(self, request: Request) -> Response:
        browser = self.desk.browsers.of(request)
        if request.method != "POST":
            return self.desk.page("sign_out", browser, action=SIGN_OUT_PATH)
        await self.desk.form(request, browser)
        await self.desk.at(lambda desk: sign_ins.end_session(desk, browser.secret))
        answer = page("message", title="You are signed out", words="You can close this page.", alert=False)
        self.desk.browsers.forget(answer)
        return answer

    async def _password(self, request: Request) -> Response:
        browser = self.desk.browsers.of(request)
        if request.method != "POST":
            return await self._password_page(request, request.query_params.get("link", ""))
        form = await self.desk.form(request, browser)
        link, password = form.get("link", ""), form.get("password", "")
        if password != form.get("again", ""):
            return await self._password_page(request, link, "The two passwords differ. Type the same one twice.")
        try:
            await self._set(link, password)
        except InvalidInput as refusal:
            return await self._password_page(request, link, refusal.message)
        words = (
            f"You can sign in with it now, in the program that you want to use or at {self.desk.issuer}{GRAPHIQL_PATH}."
            " You are signed out everywhere else."
        )
        answer = page("message", title="Your password is set", words=words, alert=False)
        self.desk.browsers.forget(answer)
        return answer

    async def _set(self, link: str, password: str) -> None:
        """Raises: InvalidInput, PageRefused."""
        person = await self.desk.at(lambda desk: _person(desk, link))
        passwords.check(password, name=person.name, email=person.email)
        password_hash = await self.desk.check.hashed(password)

        def keep(desk: Desk) -> None:
            sign_ins.set_password(desk, _person(desk, link).row, password_hash)

        await self.desk.at(keep)

    async def _password_page(self, request: Request, link: str, problem: str | None = None) -> Response:
        person = await self.desk.at(lambda desk: _person(desk, link))
        return self.desk.page(
            "password",
            self.desk.browsers.of(request),
            problem=problem,
            person=person,
            link=link,
            action=PASSWORD_PATH,
            min_length=passwords.MIN_LENGTH,
            max_length=passwords.MAX_LENGTH,
        )


def _person(desk: Desk, link: str) -> Linked:
    """Raises: PageRefused."""
    person = sign_ins.by_link(desk, link)
    if person is None:
        words = "It was used already, or has expired. An administrator of your organisation can give you a new one."
        raise PageRefused("This link does not count any more", words, 404)
    return person
