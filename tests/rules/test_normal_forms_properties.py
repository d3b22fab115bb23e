"""What holds for every text whatever: an answer, only one of them, and in good time."""

import unicodedata
from ipaddress import IPv6Address, ip_address

import ada_url
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.rules.guards import guard_keys
from app.rules.masks import mask
from app.rules.normal_forms import Canonical, Hints, Refusal, admit, canonical, emails, match_keys, skeletons
from app.rules.normal_forms.hosts import is_plain_name
from app.rules.normal_forms.refusals import SENTENCES
from app.rules.normal_forms.text import check_no_control
from app.rules.normal_forms.urls import names_address, read_parts
from app.rules.signal_types import SignalType as T

# Every code point, halves of surrogate pairs too, and more often those that normalisation is about.
anything = st.text(
    st.characters(exclude_categories=())
    | st.sampled_from(".@[]-_:/\\?#%+$ \t\n\x00\u200b\u200e＠．。\u00ad\u0345\u0301\u0338İẞﷺĲǅⅨK\ud800aA1x"),
    max_size=40,
)
near = st.text(st.sampled_from("abAB019.-_+@ \u0301\u0345éßİẞ\u00ad．＠"), min_size=1, max_size=12)
digits = st.text(st.sampled_from("0123456789"), min_size=4, max_size=14)
hexadecimal = st.sampled_from("0123456789abcdefABCDEF")

shaped = {
    T.EMAIL_ADDRESS: st.builds("{}@{}.example".format, near, near),
    T.USERNAME: near,
    T.ACCOUNT_ID: near,
    T.PHONE_NUMBER: st.builds("+{}{}".format, st.sampled_from(["1", "39", "44", "64", "375", "598"]), digits),
    T.IP_ADDRESS: st.ip_addresses().map(str),
    T.PAYMENT_HANDLE: st.text(st.sampled_from("abcAZ019-_"), min_size=1, max_size=20),
    T.URL: st.builds(
        "{}{}{}/{}".format,
        st.sampled_from(["http://", "HTTPS:", "hxxp://", "ftp:\\\\", "hxxps[:]//", "http://u:p@"]),
        near,
        st.sampled_from([".example", "[.]example", ":8080", ".", ""]),
        anything,
    ),
    T.DOMAIN: st.builds("{}.{}".format, near, near),
    T.HASH_MD5: st.text(hexadecimal, min_size=32, max_size=32),
    T.HASH_SHA1: st.text(hexadecimal, min_size=40, max_size=40),
    T.HASH_SHA256: st.text(hexadecimal, min_size=64, max_size=64),
    T.HASH_PDQ: st.text(hexadecimal, min_size=64, max_size=64),
    T.KEYWORD: near,
}

HINTS = Hints(platform="Alder", language="pt_br", scheme="revolut")


def form_of(type: T, raw: str) -> Canonical | None:
    try:
        return canonical(type, raw, HINTS)
    except InvalidInput:
        return None


@pytest.mark.parametrize("type", T)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_canonical_form_is_its_own_canonical_form(type: T, data: st.DataObject) -> None:
    form = form_of(type, data.draw(anything | shaped[type]))
    if form is not None:
        assert canonical(type, form.value, HINTS) == form


@pytest.mark.parametrize("type", T)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_everything_derived_from_a_form_is_defined_and_storable(type: T, data: st.DataObject) -> None:
    form = form_of(type, data.draw(anything | shaped[type]))
    if form is not None:
        assert "\x00" not in form.value + form.qualifier
        texts = [form.identity, mask(form), *(key.value for key in match_keys(form))]
        assert all(text.encode() for text in [*texts, *(entry for _, entry in guard_keys(form))] if text)


@given(type=st.sampled_from(T), raw=anything, hint=anything)
@settings(max_examples=500, deadline=None)
def test_any_text_in_any_place_gets_an_answer_from_the_fixed_set(type: T, raw: str, hint: str) -> None:
    hints = Hints(platform=hint, language=hint, region=hint, scheme=hint, media_type=hint)
    message = ""
    try:
        admit(canonical(type, raw, hints), hints)
    except InvalidInput as error:
        message = error.message
    assert not message or message.startswith(tuple(SENTENCES.values()))


@given(shaped[T.URL])
@settings(max_examples=300, deadline=None)
def test_the_parts_of_a_url_are_those_of_the_standard(raw: str) -> None:
    form = form_of(T.URL, raw)
    if form is not None:
        parts, url = read_parts(form.value), ada_url.URL(form.value)
        assert (parts["scheme"], parts["host"], parts["path"]) == (url.protocol, url.hostname, url.pathname)
        assert (parts["port"] or "").removeprefix(":") == url.port
        assert (parts["userinfo"] is not None) == bool(url.username or url.password)
        assert names_address(parts["host"]) == bool(url.host_type)


@pytest.mark.parametrize("type", T)
@pytest.mark.parametrize("raw", ["\ud800", "a\udfffb", "http://alder.example/\ud800"])
def test_half_a_surrogate_pair_is_refused(type: T, raw: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        canonical(type, raw, HINTS)
    assert refused.value.reason == Refusal.NOT_UNICODE


@pytest.mark.parametrize("type", T)
def test_ten_million_characters_are_refused_unread(type: T) -> None:
    raw = "é" * 10_000_000
    with pytest.raises(InvalidInput) as refused:
        canonical(type, raw, HINTS)
    assert refused.value.reason == Refusal.TOO_LONG


# Texts that invite quadratic work in some normaliser: marks to be ordered, labels, separators, prefixes.
HEAVY = [
    *(
        "a" + "\u0301\u0316" * 4095,
        "ﷺ" * 8192,
        "http://a" + "\u0301\u0316" * 4090,
        "h\tttp://a" + "\u0301\u0316" * 4090,
    ),
    *("http://alder.example/?" + "&" * 8000, "@" * 8192, "." * 8192, "[.]" * 2700, "1" * 8192, "+1" * 4000),
    *("mailto:" * 1000, "xn--" + "a" * 8000, "http://" + "xn--a-ecp." * 800, " " * 8192, "-" * 8192),
]


@pytest.mark.parametrize("type", T)
@pytest.mark.parametrize("raw", HEAVY, ids=range(len(HEAVY)))
def test_a_text_that_invites_quadratic_work_gets_a_stable_answer(type: T, raw: str) -> None:
    assert form_of(type, raw) == form_of(type, raw)


local_parts = st.text('az9.!#+_-/=?^`{|}~"\\ @é', min_size=1, max_size=70)
mail_domains = st.sampled_from(["a.example.com", "mail.test", "localhost", "xn--bcher-kva.de", "1.de"])


# What looks like a name that nothing has to be done to, and what only just does not.
plain_names = st.text(st.sampled_from("abxn0919-._"), min_size=1, max_size=12) | st.builds(
    "{}{}.{}".format,
    st.sampled_from(["", "xn--", "0x", "a.xn--", "-", "a" * 62, "a.", "1.2."]),
    st.text(st.sampled_from("abxn019-AßK."), min_size=1, max_size=8),
    st.sampled_from(["example", "de", "x", "0x1", "1", "a1", "xn--p1ai", "a" * 64, ".".join(["a" * 50] * 5), ""]),
)


@given(plain_names)
@settings(max_examples=1_000, deadline=None)
def test_a_name_that_is_taken_as_it_is_is_what_the_standard_makes_of_it(name: str) -> None:
    if is_plain_name(name):
        url = ada_url.URL(f"http://{name}/")
        assert (url.hostname, url.host_type) == (name, ada_url.HostType.DEFAULT)
        assert all(0 < len(label) <= 63 for label in name.split("."))


@pytest.mark.parametrize("name", ["xn--a.example", "alder.xn--a.example", "Alder.example", "alder.1", "a_b.example"])
def test_a_name_that_has_to_be_read_is_not_taken_as_it_is(name: str) -> None:
    assert not is_plain_name(name)


@given(
    st.builds(
        "{}{}@{}{}".format,
        st.sampled_from(["", "", " ", "\xa0", "mailto:", "<", "MAILTO:", "\u2003"]),
        st.text("aZk9.!+_-K\u0130é[]", min_size=1, max_size=8) | st.sampled_from(["a" * 64, "a" * 65, "a..b", "K"]),
        plain_names | st.sampled_from(["Mail.Example", "a.invalid", "mail[.]example", ".".join(["a" * 60] * 4)]),
        st.sampled_from(["", "", " ", "\n", ">", "."]),
    )
)
@settings(max_examples=2_000, deadline=None)
def test_a_plain_address_is_what_the_long_way_makes_of_it(raw: str) -> None:
    short = emails.plain(raw)
    if short is not None:
        assert short == emails.read(raw)


@pytest.mark.parametrize("raw", ["jane@mail.example", " Jane.Doe+x@Mail.Example\t", "a_b@xn-1.example"])
def test_plain_addresses_are_known_for_what_they_are(raw: str) -> None:
    assert emails.plain(raw) == raw.strip().lower()


@given(near | st.text(st.characters(codec="ascii"), max_size=12))
@settings(max_examples=500, deadline=None)
def test_ascii_has_the_skeleton_that_it_has_with_a_character_that_nobody_sees(text: str) -> None:
    assert skeletons.skeleton(text) == skeletons.skeleton(f"{text}\u00ad")


@given(
    st.text("0123456789.", min_size=5, max_size=15)
    | st.text("0123456789abcdef:.F", min_size=2, max_size=20)
    | st.builds("::{}{}".format, st.sampled_from(["", "ffff:", "FFFF:", "1:"]), st.ip_addresses(v=4))
)
@settings(max_examples=1_000)
def test_an_address_is_read_as_by_the_standard_library(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        assert form_of(T.IP_ADDRESS, text) is None
    else:
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        assert canonical(T.IP_ADDRESS, text).value == str(mapped or address)


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_each_control_character_is_refused(code: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_no_control(f"a{chr(code)}b")
    assert refused.value.reason == Refusal.CONTROL_CHARACTER


@pytest.mark.parametrize("code", [0x20, 0x7E, 0xA0, 0xAD, 0x200E, 0x2028, 0xE000, 0x378])
def test_what_is_no_control_character_passes(code: int) -> None:
    check_no_control(f"a{chr(code)}b")


@given(local_parts, mail_domains)
def test_the_short_way_to_an_address_is_the_librarys(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    try:
        took = bool(emails.canonical(T.EMAIL_ADDRESS, address, Hints()))
    except InvalidInput:
        took = False
    assert took == emails.is_address(unicodedata.normalize("NFKC", address.strip()))
