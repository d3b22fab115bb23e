"""Usernames and account ids: what an account is called on one platform."""

from typing import Final
from unicodedata import normalize

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse
from .skeletons import skeleton
from .text import NAME_LIMIT, check_no_control, check_text, folded, read_qualifier

# Code points of the canonical form.
USERNAME_LIMIT: Final = 256
ACCOUNT_ID_LIMIT: Final = 255


def canonical_username(type: SignalType, raw: str, hints: Hints) -> Canonical:
    platform = read_qualifier(hints.platform, "platform", Refusal.PLATFORM_REQUIRED)
    check_text(raw, NAME_LIMIT)
    name = folded(normalize("NFKC", raw).strip().removeprefix("@")).strip()
    check_no_control(name)
    if not name:
        raise refuse(Refusal.EMPTY)
    if name.startswith("@"):
        raise refuse(Refusal.NOT_A_USERNAME)
    if len(name) > USERNAME_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    return Canonical(type, name, platform)


def canonical_account_id(type: SignalType, raw: str, hints: Hints) -> Canonical:
    platform = read_qualifier(hints.platform, "platform", Refusal.PLATFORM_REQUIRED)
    account_id = raw.strip()
    check_no_control(account_id)
    if not account_id:
        raise refuse(Refusal.EMPTY)
    if len(account_id) > ACCOUNT_ID_LIMIT:
        raise refuse(Refusal.TOO_LONG)
    return Canonical(type, account_id, platform)


def admit(form: Canonical, hints: Hints) -> None:
    """Every name is admitted: platforms differ too much for a rule."""


def username_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return (MatchKey("USERNAME_SKELETON", f"{form.qualifier}\x00{skeleton(form.value)}"),)


def account_id_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return ()
