"""Payment handles: a scheme, and a handle by that scheme's own rules."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from ...errors import Refusal
from ..signal_types import SignalType
from .crypto import CHAINS, is_burned, read_address, read_eth
from .forms import Canonical, Hints, MatchKey
from .refusals import refuse
from .text import check_no_control, folded, read_qualifier

# Code points; the longest handles are addresses at a bank (UPI).
HANDLE_LIMIT: Final = 255

_CASHAPP = re.compile(r"(?:https?://cash\.app/)?\$?(?=[a-z0-9]*[a-z])(?P<name>[a-z0-9]{1,20})/?")
_VENMO = re.compile(r"(?:https?://(?:www\.)?venmo\.com/(?:u/)?)?@?(?P<name>[a-z0-9_-]{5,30})/?")
_PAYPAL = re.compile(r"(?:https?://(?:www\.)?(?:paypal\.me/|paypal\.com/paypalme/))?@?(?P<name>[a-z0-9]{1,20})/?")

_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")

_ALIASES: Final = {"bitcoin": "btc", "litecoin": "ltc", "dogecoin": "doge", "tron": "trx", "ethereum": "eth"}


_REFUSED_SCHEMES: Final = frozenset({"iban", "card"})


def canonical(type: SignalType, raw: str, hints: Hints) -> Canonical:
    """Bank accounts and cards have a form too, so that `admit` can say why they are refused."""
    scheme = read_qualifier(hints.scheme, "scheme", Refusal.SCHEME_REQUIRED, _ADVICE)
    scheme = _ALIASES.get(scheme, scheme)
    read = READERS.get(scheme)
    if read is None:
        raise refuse(Refusal.UNKNOWN_SCHEME, "scheme", _ADVICE)
    handle = raw.strip()
    check_no_control(handle)
    if len(handle) > HANDLE_LIMIT:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    return Canonical(type, read(handle), scheme)


def admit(form: Canonical, hints: Hints) -> None:
    if form.qualifier == "iban" or _is_iban(form.value):
        raise refuse(Refusal.BANK_ACCOUNT)
    if form.qualifier == "card" or _is_card(form.value):
        raise refuse(Refusal.CARD_NUMBER)
    if form.qualifier == "eth" and is_burned(form.value):
        raise refuse(Refusal.DEGENERATE_ADDRESS)


def match_keys(form: Canonical) -> tuple[MatchKey, ...]:
    return ()


def _read_cashtag(text: str) -> str:
    return "$" + _name(_CASHAPP, text)


def _read_venmo(text: str) -> str:
    return "@" + _name(_VENMO, text)


def _read_paypal(text: str) -> str:
    return _name(_PAYPAL, text)


def _name(shape: re.Pattern[str], text: str) -> str:
    found = shape.fullmatch(folded(text))
    if found is None:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    return found["name"]


def _read_plain(text: str) -> str:
    """For schemes without published rules: folded, one leading `@` off, no white space."""
    handle = folded(text).strip().removeprefix("@")
    if not handle or len(handle) > HANDLE_LIMIT or handle.startswith("@") or len(handle.split()) != 1:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    if handle != handle.strip():
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    return handle


def _read_iban(text: str) -> str:
    try:
        return str(IBAN(text))
    except SchwiftyException:
        raise refuse(Refusal.WRONG_CHECKSUM) from None


def _read_card(text: str) -> str:
    if not _is_card(text):
        raise refuse(Refusal.WRONG_CHECKSUM)
    return re.sub(r"[ -]", "", text)


def _is_iban(text: str) -> bool:
    compact = text.replace(" ", "").upper()
    return _IBAN_SHAPE.fullmatch(compact) is not None and IBAN(compact, allow_invalid=True).is_valid


def _is_card(text: str) -> bool:
    """Thirteen to nineteen digits with Luhn's check digit (ISO/IEC 7812-1)."""
    if not text.isascii() or not _CARD.fullmatch(text):
        return False
    digits = [int(char) for char in reversed(text) if char.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _chain_reader(scheme: str) -> Callable[[str], str]:
    return lambda text: read_address(CHAINS[scheme], text)


READERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        **{scheme: _chain_reader(scheme) for scheme in CHAINS},
        "eth": read_eth,
        "cashapp": _read_cashtag,
        "venmo": _read_venmo,
        "paypal": _read_paypal,
        "revolut": _read_plain,
        "skrill": _read_plain,
        "upi": _read_plain,
        "wise": _read_plain,
        "iban": _read_iban,
        "card": _read_card,
    }
)

# Those whose handles are shared; the others are read only to be refused.
SCHEMES: Final = tuple(scheme for scheme in READERS if scheme not in _REFUSED_SCHEMES)
_ADVICE: Final = f"Known are {', '.join(SCHEMES[:-1])} and {SCHEMES[-1]}."
