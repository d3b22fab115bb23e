"""Telephone numbers in E.164."""

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from ...errors import Refusal
from ..signal_types import SignalType
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse

# Code points; the library's own limit is 250.
_TEXT_LIMIT: Final = 250


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    """Possible, not assigned: new ranges are in use before any list knows them."""
    text = raw.strip()
    if len(text) > _TEXT_LIMIT:
        raise refuse(Refusal.NOT_A_PHONE_NUMBER)
    region = _region(hints.region)
    number = _read(text, region)
    # Each reading takes off one trunk prefix, so a number written with several gets shorter until it settles. One that
    # was read without a region and stayed as it was has settled.
    settled = region is None and number == text
    while not settled:
        number, before = _read(number, None), number
        settled = number == before
    return Canonical(type, number)


def admit(form: Canonical, hints: Hints) -> None:
    """Every possible number is admitted."""


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return ()


def _region(hint: str | None) -> str | None:
    if hint is None:
        return None
    region = hint.strip().upper() if len(hint) <= 8 else ""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise refuse(Refusal.UNKNOWN_REGION, "region")
    return region


def _read(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if region is None and error.error_type == NumberParseException.INVALID_COUNTRY_CODE and "+" not in text:
            raise refuse(Refusal.REGION_REQUIRED, "region") from None
        raise refuse(Refusal.NOT_A_PHONE_NUMBER) from None
    if number.extension:
        raise refuse(Refusal.PHONE_EXTENSION)
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise refuse(Refusal.NOT_A_PHONE_NUMBER)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
