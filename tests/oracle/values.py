"""The values that a world speaks of, some of them nearly equal. Reserved names and random digests only."""

from random import Random

from app.rules.signal_types import SignalType as T
from tests.oracle.facts import Value

_WORDS = ("quartz", "marble", "granite", "basalt", "flint", "slate")


def drawn(rng: Random) -> list[Value]:
    """Twelve values, in random order; two URLs meet under a match key, two pictures are near and a third is not."""
    word, mark = rng.choice(_WORDS), f"{rng.randrange(16**4):04x}"
    picture = rng.getrandbits(256)
    values = [
        Value(T.DOMAIN, f"{word}.example"),
        Value(T.DOMAIN, f"{word}-{mark}.example"),
        Value(T.EMAIL_ADDRESS, f"{word}@mail.example"),
        Value(T.EMAIL_ADDRESS, f"{word}.{mark}@mail.example"),
        Value(T.USERNAME, f"{word}_fan", platform="chirper"),
        Value(T.URL, f"https://files.example/{word}#one", family=word),
        Value(T.URL, f"https://www.files.example/{word}#two", family=word),
        Value(T.KEYWORD, f"{word} trade"),
        Value(T.HASH_SHA256, f"{rng.getrandbits(256):064x}"),
        *(_picture(bits) for bits in (picture, _flipped(rng, picture, 20), _flipped(rng, picture, 60))),
    ]
    rng.shuffle(values)
    return values


def strangers(values: list[Value]) -> list[Value]:
    """Values that nobody uploads: of a known family, near a known picture, and far from everything."""
    family = next(value.family for value in values if value.family)
    bits = next(value.bits for value in values if value.bits is not None)
    return [
        Value(T.URL, f"https://files.example/{family}#three", family=family),
        _picture(bits ^ 0b111),
        Value(T.DOMAIN, "nobody.example"),
    ]


def _picture(bits: int) -> Value:
    return Value(T.HASH_PDQ, f"{bits:064x}", bits=bits)


def _flipped(rng: Random, bits: int, count: int) -> int:
    for place in rng.sample(range(256), count):
        bits ^= 1 << place
    return bits
