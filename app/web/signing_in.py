"""A person shows its password: checked at the same cost whoever it is, and not as often as one likes."""

from collections.abc import Mapping

from sqlalchemy.exc import TimeoutError as NoFreeConnection
from starlette.requests import Request

from app.rules import passwords
from app.rules.people import email_or_nobodys
from app.services import sign_ins
from app.services.sign_ins import Desk
from app.store import sign_ins as kept
from app.web.page_session import Browser
from app.web.password_check import TooManyPasswords
from app.web.people_desk import PeopleDesk, address_of

_WRONG = "The e-mail address or the password is wrong."
_WAIT = "There were too many wrong passwords. Wait some minutes, then try again."


class Refused(Exception):
    """The words for the page on which the person tries again."""

    def __init__(self, words: str, status: int, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.headers = dict(headers or {})


async def sign_in(people: PeopleDesk, request: Request, browser: Browser, form: Mapping[str, str]) -> str:
    """The secret of a new session.

    Raises: Refused, by which nobody learns whether there is such an account.
    """
    name, password = email_or_nobodys(form.get("email", "")), form.get("password", "")
    address, at = address_of(request), people.clock()
    seconds = people.attempts.wait(name, address, at)
    if seconds:
        raise Refused(_WAIT, 429, {"Retry-After": str(seconds)})
    people.attempts.note(name, address, at)
    try:
        found = await people.at(lambda desk: sign_ins.by_name(desk, name))
        person, password_hash = found or (None, None)
        is_right = await people.check.is_right(password, password_hash)
    except (NoFreeConnection, TooManyPasswords):
        # Nobody has looked at the password. Who tries again while others keep us busy is not to be shut out by that.
        people.attempts.take_back(name, address)
        raise
    if not is_right or person is None or password_hash is None:
        raise Refused(_WRONG, 200)
    people.attempts.take_back(name, address)
    fresh = await people.check.hashed(password) if passwords.is_outdated(password_hash) else None
    person_id, epoch = person.id, person.epoch

    def begin(desk: Desk) -> str:
        if fresh is not None:
            kept.replace_password_hash(desk.session, person_id, password_hash, fresh)
        return sign_ins.begin_session(desk, person_id, epoch, browser.secret)

    return await people.at(begin)
