"""The canonical form of every type, by example. A changed line means a new NORMALISER_VERSION."""

import base58
import pytest

from app.errors import InvalidInput
from app.rules.normal_forms import NORMALISER_VERSION, Hints, Refusal, canonical
from app.rules.signal_types import SignalType as T

MD5 = "0123456789abcdef0123456789abcdef"
SHA256 = MD5 * 2
BTC = base58.b58encode_check(b"\x00" + bytes(range(20))).decode()
TRX = base58.b58encode_check(b"\x41" + bytes(range(20))).decode()
BTC_TEST = base58.b58encode_check(b"\x6f" + bytes(range(20))).decode()
BTC_KEY = base58.b58encode_check(b"\x80" + bytes(range(32)) + b"\x01").decode()
# From BIP 173 and BIP 350: the same program under both checksums.
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
TAPROOT = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
EIP55 = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

ALDER = Hints(platform="alder")

# Type, raw, hints, value, qualifier.
VECTORS = [
    (T.EMAIL_ADDRESS, " River.Stone+Tag@ALDER.Example. ", Hints(), "river.stone+tag@alder.example", ""),
    (T.EMAIL_ADDRESS, "MailTo:river@alder.example", Hints(), "river@alder.example", ""),
    (T.EMAIL_ADDRESS, "river[@]alder[.]example", Hints(), "river@alder.example", ""),
    (T.EMAIL_ADDRESS, "river[at]alder.example", Hints(), "river@alder.example", ""),
    (T.EMAIL_ADDRESS, "flüss@bücher.example", Hints(), "flüss@xn--bcher-kva.example", ""),
    (T.EMAIL_ADDRESS, "ｒｉｖｅｒ＠alder.example", Hints(), "river@alder.example", ""),
    (T.EMAIL_ADDRESS, "river@alder.onion", Hints(), "river@alder.onion", ""),
    (T.USERNAME, " @River_Stone ", Hints(platform=" Alder  Games "), "river_stone", "alder games"),
    (T.USERNAME, "Ｒｉｖｅｒ", ALDER, "river", "alder"),
    (T.USERNAME, "straße", ALDER, "strasse", "alder"),
    (T.ACCOUNT_ID, " AbC-123 ", Hints(platform="ALDER"), "AbC-123", "alder"),
    (T.PHONE_NUMBER, "+1 (202) 555-0143", Hints(), "+12025550143", ""),
    (T.PHONE_NUMBER, "(202) 555-0143", Hints(region="us"), "+12025550143", ""),
    (T.PHONE_NUMBER, "tel:+44-20-7946-0958", Hints(), "+442079460958", ""),
    (T.PHONE_NUMBER, "+44 00 1632 96095", Hints(), "+44163296095", ""),
    (T.IP_ADDRESS, " 192.0.2.1\t", Hints(), "192.0.2.1", ""),
    (T.IP_ADDRESS, "2001:DB8:0:0:0:0:0:1", Hints(), "2001:db8::1", ""),
    (T.IP_ADDRESS, "2001:db8:0:1:1:1:1:1", Hints(), "2001:db8:0:1:1:1:1:1", ""),
    (T.IP_ADDRESS, "::ffff:192.0.2.1", Hints(), "192.0.2.1", ""),
    (T.PAYMENT_HANDLE, "$BlueRiver", Hints(scheme="CashApp"), "$blueriver", "cashapp"),
    (T.PAYMENT_HANDLE, "https://cash.app/$BlueRiver", Hints(scheme="cashapp"), "$blueriver", "cashapp"),
    (T.PAYMENT_HANDLE, "Blue-River", Hints(scheme="venmo"), "@blue-river", "venmo"),
    (T.PAYMENT_HANDLE, "https://www.paypal.com/paypalme/BlueRiver", Hints(scheme="paypal"), "blueriver", "paypal"),
    (T.PAYMENT_HANDLE, "Blue.River@OkBank", Hints(scheme="upi"), "blue.river@okbank", "upi"),
    (T.PAYMENT_HANDLE, f"bitcoin:{BTC}?amount=1", Hints(scheme="bitcoin"), BTC, "btc"),
    (T.PAYMENT_HANDLE, SEGWIT.upper(), Hints(scheme="btc"), SEGWIT, "btc"),
    (T.PAYMENT_HANDLE, TAPROOT, Hints(scheme="btc"), TAPROOT, "btc"),
    (T.PAYMENT_HANDLE, TRX, Hints(scheme="trx"), TRX, "trx"),
    (T.PAYMENT_HANDLE, EIP55, Hints(scheme="eth"), EIP55.lower(), "eth"),
    (T.PAYMENT_HANDLE, EIP55.lower(), Hints(scheme="eth"), EIP55.lower(), "eth"),
    (
        T.URL,
        "hxxps[:]//Files.Alder[.]Example/A/b[.]c?Q=1#Frag",
        Hints(),
        "https://files.alder.example/A/b[.]c?Q=1#Frag",
        "",
    ),
    (T.URL, " HTTP://alder.example:80 ", Hints(), "http://alder.example/", ""),
    (T.URL, "ftp://alder.example/a b", Hints(), "ftp://alder.example/a%20b", ""),
    (T.URL, "http://alder.example/#!AbC", Hints(), "http://alder.example/#!AbC", ""),
    (T.URL, "http://alder.example/a\x00b", Hints(), "http://alder.example/a%00b", ""),
    (T.DOMAIN, " Alder.EXAMPLE. ", Hints(), "alder.example", ""),
    (T.DOMAIN, "bücher[.]example", Hints(), "xn--bcher-kva.example", ""),
    (T.DOMAIN, "faß.example", Hints(), "xn--fa-hia.example", ""),
    (T.HASH_MD5, f" {MD5.upper()}\n", Hints(), MD5, ""),
    (T.HASH_SHA1, MD5 + "01234567", Hints(), MD5 + "01234567", ""),
    (T.HASH_SHA256, SHA256, Hints(), SHA256, ""),
    (T.HASH_PDQ, SHA256, Hints(), SHA256, ""),
    (T.KEYWORD, "  Blue\n RIVER ", Hints(), "blue river", "und"),
    (T.KEYWORD, "STRASSE", Hints(language="DE_at"), "strasse", "de-AT"),
    (T.KEYWORD, "Straße", Hints(language="zh-hant-tw"), "strasse", "zh-Hant-TW"),
    (T.KEYWORD, "سه\u200cشاخه", Hints(language="fa"), "سه\u200cشاخه", "fa"),
    (T.KEYWORD, "נהר", Hints(language="iw"), "נהר", "he"),
]

# Type, raw, hints, reason, field.
REFUSED = [
    (T.EMAIL_ADDRESS, "River <river@alder.example>", Hints(), Refusal.NOT_AN_EMAIL_ADDRESS, "value"),
    (T.EMAIL_ADDRESS, "river", Hints(), Refusal.NOT_AN_EMAIL_ADDRESS, "value"),
    (T.EMAIL_ADDRESS, "@alder.example", Hints(), Refusal.NOT_AN_EMAIL_ADDRESS, "value"),
    (T.EMAIL_ADDRESS, "river@localhost", Hints(), Refusal.NOT_AN_EMAIL_ADDRESS, "value"),
    (T.EMAIL_ADDRESS, "river@alder.local", Hints(), Refusal.NOT_AN_EMAIL_ADDRESS, "value"),
    (T.EMAIL_ADDRESS, "r" * 250 + "@alder.example", Hints(), Refusal.TOO_LONG, "value"),
    (T.USERNAME, "river", Hints(), Refusal.PLATFORM_REQUIRED, "platform"),
    (T.USERNAME, "river", Hints(platform=" "), Refusal.PLATFORM_REQUIRED, "platform"),
    (T.USERNAME, " @ ", ALDER, Refusal.EMPTY, "value"),
    (T.USERNAME, "@@river", ALDER, Refusal.NOT_A_USERNAME, "value"),
    (T.USERNAME, "ri\x00ver", ALDER, Refusal.CONTROL_CHARACTER, "value"),
    (T.USERNAME, "r" * 257, ALDER, Refusal.TOO_LONG, "value"),
    (T.USERNAME, "river", Hints(platform="p" * 65), Refusal.TOO_LONG, "platform"),
    (T.ACCOUNT_ID, "1", Hints(), Refusal.PLATFORM_REQUIRED, "platform"),
    (T.ACCOUNT_ID, "1" * 256, ALDER, Refusal.TOO_LONG, "value"),
    (T.PHONE_NUMBER, "202 555 0143", Hints(), Refusal.REGION_REQUIRED, "region"),
    (T.PHONE_NUMBER, "202 555 0143", Hints(region="XX"), Refusal.UNKNOWN_REGION, "region"),
    (T.PHONE_NUMBER, "+1 202", Hints(), Refusal.NOT_A_PHONE_NUMBER, "value"),
    (T.PHONE_NUMBER, "+1 202 555 0143 ext. 7", Hints(), Refusal.PHONE_EXTENSION, "value"),
    (T.IP_ADDRESS, "192.0.2.1:80", Hints(), Refusal.NOT_AN_IP_ADDRESS, "value"),
    (T.IP_ADDRESS, "fe80::1%eth0", Hints(), Refusal.NOT_AN_IP_ADDRESS, "value"),
    (T.IP_ADDRESS, "192.0.2.010", Hints(), Refusal.NOT_AN_IP_ADDRESS, "value"),
    (T.PAYMENT_HANDLE, "$BlueRiver", Hints(), Refusal.SCHEME_REQUIRED, "scheme"),
    (T.PAYMENT_HANDLE, "$BlueRiver", Hints(scheme="shells"), Refusal.UNKNOWN_SCHEME, "scheme"),
    (T.PAYMENT_HANDLE, "$1234", Hints(scheme="cashapp"), Refusal.NOT_A_PAYMENT_HANDLE, "value"),
    (T.PAYMENT_HANDLE, BTC[:-1] + "z", Hints(scheme="btc"), Refusal.WRONG_CHECKSUM, "value"),
    (T.PAYMENT_HANDLE, SEGWIT[:-1] + "q", Hints(scheme="btc"), Refusal.WRONG_CHECKSUM, "value"),
    (T.PAYMENT_HANDLE, BTC_TEST, Hints(scheme="btc"), Refusal.TEST_NETWORK, "value"),
    (T.PAYMENT_HANDLE, BTC_KEY, Hints(scheme="btc"), Refusal.PRIVATE_KEY, "value"),
    (T.PAYMENT_HANDLE, EIP55.replace("aA", "AA"), Hints(scheme="eth"), Refusal.WRONG_CHECKSUM, "value"),
    (T.URL, "alder.example/page", Hints(), Refusal.NOT_A_URL, "value"),
    (T.URL, "javascript:alert(1)", Hints(), Refusal.UNSUPPORTED_URL_SCHEME, "value"),
    (T.URL, "httpx://alder.example/page", Hints(), Refusal.UNSUPPORTED_URL_SCHEME, "value"),
    (T.URL, "http://alder.example/" + "a" * 4096, Hints(), Refusal.TOO_LONG, "value"),
    (T.DOMAIN, "alder.example:80", Hints(), Refusal.NOT_A_DOMAIN, "value"),
    (T.DOMAIN, "alder.example/page", Hints(), Refusal.NOT_A_DOMAIN, "value"),
    (T.DOMAIN, "alder..example", Hints(), Refusal.NOT_A_DOMAIN, "value"),
    (T.DOMAIN, "*.alder.example", Hints(), Refusal.NOT_A_DOMAIN, "value"),
    (T.DOMAIN, "192.0.2.1", Hints(), Refusal.IP_ADDRESS_AS_DOMAIN, "value"),
    (T.HASH_MD5, SHA256, Hints(), Refusal.NOT_A_HASH, "value"),
    (T.HASH_SHA256, "0x" + SHA256, Hints(), Refusal.NOT_A_HASH, "value"),
    (T.KEYWORD, "river", Hints(language="not a tag"), Refusal.UNKNOWN_LANGUAGE, "language"),
    (T.KEYWORD, "river " * 50, Hints(), Refusal.TOO_LONG, "value"),
]


def test_the_vectors_are_those_of_this_version() -> None:
    assert NORMALISER_VERSION == 1


@pytest.mark.parametrize(("type", "raw", "hints", "value", "qualifier"), VECTORS)
def test_a_value_has_the_form_of_the_table(type: T, raw: str, hints: Hints, value: str, qualifier: str) -> None:
    form = canonical(type, raw, hints)
    assert (form.type, form.value, form.qualifier) == (type, value, qualifier)


@pytest.mark.parametrize(("type", "raw", "hints", "reason", "field"), REFUSED)
def test_what_is_no_value_of_its_type_is_refused(type: T, raw: str, hints: Hints, reason: Refusal, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        canonical(type, raw, hints)
    assert (refused.value.reason, refused.value.field) == (reason, field)


def test_the_same_name_on_two_platforms_is_two_identities() -> None:
    here, there = (canonical(T.USERNAME, "river", Hints(platform=name)) for name in ("alder", "birch"))
    assert here.identity != there.identity
    assert here.value == there.value


def test_an_identity_without_a_qualifier_is_the_value() -> None:
    assert canonical(T.DOMAIN, "alder.example").identity == "alder.example"
