"""Where programs may have people sent back to."""

import pytest

from app.errors import InvalidInput, Refusal
from app.rules import frontends
from app.rules.frontends import BUILT_IN, BuiltIn
from app.rules.ids import Prefix, shown

GOOD = [
    "https://console.example/back",
    "https://console.example",
    "https://console.example:8443/back?from=lantern",
    "http://127.0.0.1:5173/back",
    "http://localhost/back",
    "http://[::1]:5173/",
]
BAD = [
    "",
    "console.example/back",
    "http://console.example/back",
    "http://127.0.0.1.example/",
    "http://localhost.example/",
    "https://user@console.example/",
    "https://user:word@console.example/",
    "https://console.example/#token",
    "https://",
    "https:///back",
    "https://console.example:port/",
    "https://console.example/a b",
    "https://console.example/\r\nLocation: https://elsewhere.example",
    "https://console.example/;script-src *",
    "https://console.example/,https://elsewhere.example",
    "https://console.example/\"'<>",
    "https://console.example\\@elsewhere.example",
    "https://cönsole.example/",
    "https://\u2028.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp://back",
    "//console.example/back",
    "https://console.example/" + "x" * 500,
]


@pytest.mark.parametrize("uri", GOOD)
def test_an_address_that_keeps_a_code_safe_is_kept_as_it_is(uri: str) -> None:
    assert frontends.check_redirect_uris([uri, uri]) == [uri]


@pytest.mark.parametrize("uri", BAD)
def test_an_address_that_does_not_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        frontends.check_redirect_uris([GOOD[0], uri])
    assert refused.value.reason is Refusal.NOT_A_REDIRECT_URI
    assert len(uri) < 10 or uri not in refused.value.message


def test_a_program_has_a_few_addresses() -> None:
    with pytest.raises(InvalidInput):
        frontends.check_redirect_uris([f"https://console.example/{number}" for number in range(11)])


ANY_PORT = {"http://127.0.0.1/back", "http://[::1]/back?from=lantern", "http://localhost/back", "https://a.example/"}


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:5173/back", "http://127.0.0.1/back", "http://[::1]:1/back?from=lantern"]
)
def test_a_program_on_the_persons_own_machine_listens_on_any_port(uri: str) -> None:
    assert frontends.is_registered(uri, ANY_PORT)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:5173/back",
        "https://a.example:8443/",
        "https://127.0.0.1:5173/back",
        "http://127.0.0.2:5173/back",
        "http://127.1:5173/back",
        "http://127.0.0.1:5173/back/",
        "http://127.0.0.1:5173/Back",
        "http://127.0.0.1:5173/back?more",
        "http://127.0.0.1:5173/back#x",
        "http://127.0.0.1:5173",
        "http://127.0.0.1:/back",
        "http://127.0.0.1:65536/back",
        "http://127.0.0.1:5173@elsewhere.example/back",
        "http://127.0.0.1:5173:80/back",
        "http://127.0.0.1.example:5173/back",
        "http://127.0.0.1:5173/back\n",
        "HTTP://127.0.0.1:5173/back",
        "http://[::1]:1/back",
        "http://[0:0:0:0:0:0:0:1]:1/back?from=lantern",
    ],
)
def test_nothing_but_the_port_is_free(uri: str) -> None:
    assert not frontends.is_registered(uri, ANY_PORT)


def test_whoever_registers_a_port_gets_people_back_there() -> None:
    assert not frontends.is_registered("http://127.0.0.1:5174/back", ["http://127.0.0.1:5173/back"])
    assert not frontends.is_registered("http://127.0.0.1/back", ["http://127.0.0.1:5173/back"])


@pytest.mark.parametrize("program", BUILT_IN.values(), ids=lambda program: program.name)
def test_a_program_of_ours_has_a_name_that_no_client_can_have(program: BuiltIn) -> None:
    assert frontends.client_id(program.name) == program.id
    assert frontends.client_name(program.id) == program.name
    assert frontends.client_id(shown(Prefix.CLIENT, program.id)) == program.id
    for text in ("", "explorer", "Lantern-Explorer", "cli", "cli_", "per_" + "0" * 32):
        assert frontends.client_id(text) is None
