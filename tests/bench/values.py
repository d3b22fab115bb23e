"""Values in their canonical form: documentation names and addresses, random digests and invented words only."""

from collections import deque
from random import Random

from app.rules.normal_forms import Canonical
from app.rules.signal_types import SignalType
from tests.bench.shape import TYPES

PLATFORMS = ("chat", "forum", "games", "market", "photos", "streams", "video", "voice")
WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jasper", "kite", "lark",
    "maple", "north", "opal", "pine", "quartz", "raven", "stone", "tidal", "umber", "vale", "willow", "yarrow",
)  # fmt: skip
LANGUAGES = ("und", "en", "es", "fr", "de")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
# Numbers 555-0100 to 555-0199 of every area code are for fiction; beyond these there are no more.
_AREAS = range(200, 1_000)
PHONES = len(_AREAS) * 100
# Bits by which a picture's hash differs from that of a near copy, at the most, and how many pictures have one.
_NEAR_BITS = 20
_NEAR_SHARE = 0.1


class Values:
    """An endless supply of distinct values. `uploadable` leaves out what an upload refuses, as it is documentation."""

    def __init__(self, rng: Random, *, uploadable: bool = False) -> None:
        self._rng = rng
        self._phones = 0
        self._pictures: deque[int] = deque(maxlen=1_000)
        weights = dict(TYPES)
        if uploadable:
            for type in (SignalType.IP_ADDRESS, SignalType.PHONE_NUMBER):
                weights[SignalType.ACCOUNT_ID] += weights.pop(type)
        self._types, self._weights = list(weights), list(weights.values())

    def forms(self, count: int) -> list[Canonical]:
        return [self._form(type) for type in self._rng.choices(self._types, self._weights, k=count)]

    def _form(self, type: SignalType) -> Canonical:  # noqa: PLR0911  # one line for each type
        rng = self._rng
        match type:
            case SignalType.USERNAME:
                return Canonical(type, f"{rng.choice(WORDS)}_{self._text(9)}", rng.choice(PLATFORMS))
            case SignalType.EMAIL_ADDRESS:
                host = f"mail{rng.randrange(50)}.example"
                return Canonical(type, f"{rng.choice(WORDS)}.{self._text(9)}@{host}")
            case SignalType.PHONE_NUMBER if self._phones < PHONES:
                area, line = divmod(self._phones, 100)
                self._phones += 1
                return Canonical(type, f"+1{_AREAS[area]}55501{line:02}")
            case SignalType.IP_ADDRESS:
                groups = [format(1 + rng.getrandbits(16) % 0xFFFF, "x") for _ in range(6)]
                return Canonical(type, ":".join(["2001", "db8", *groups]))
            case SignalType.PAYMENT_HANDLE:
                return Canonical(type, f"$x{self._text(12)}", "cashapp")
            case SignalType.URL:
                path = f"{rng.choice(WORDS)}/{self._text(8)}?id={rng.getrandbits(32)}"
                return Canonical(type, f"https://{rng.choice(WORDS)}{rng.randrange(10_000)}.example/{path}")
            case SignalType.DOMAIN:
                return Canonical(type, f"{rng.choice(WORDS)}-{self._text(9)}.example")
            case SignalType.KEYWORD:
                words = f"{rng.choice(WORDS)} {rng.choice(WORDS)} {self._text(6)}"
                return Canonical(type, words, rng.choice(LANGUAGES))
            case SignalType.HASH_MD5:
                return Canonical(type, f"{rng.getrandbits(128):032x}")
            case SignalType.HASH_SHA1:
                return Canonical(type, f"{rng.getrandbits(160):040x}")
            case SignalType.HASH_SHA256:
                return Canonical(type, f"{rng.getrandbits(256):064x}")
            case SignalType.HASH_PDQ:
                return Canonical(type, self._picture())
        # Also for telephone numbers that ran out.
        return Canonical(SignalType.ACCOUNT_ID, str(rng.getrandbits(60)), rng.choice(PLATFORMS))

    def _text(self, length: int) -> str:
        return "".join(self._rng.choices(_BASE36, k=length))

    def _picture(self) -> str:
        rng = self._rng
        if self._pictures and rng.random() < _NEAR_SHARE:
            number = rng.choice(self._pictures)
            for bit in rng.sample(range(256), rng.randint(1, _NEAR_BITS)):
                number ^= 1 << bit
        else:
            number = rng.getrandbits(256)
            self._pictures.append(number)
        return f"{number:064x}"
