"""What malformed and hostile requests to the OAuth2 endpoints get."""

import base64

import httpx
import pytest

from app.services.demo import DemoClient

GRANT = {"grant_type": "client_credentials"}


MALFORMED = {
    b"": "invalid_request",
    b"grant_type=client_credentials&grant_type=client_credentials": "invalid_request",
    b"grant_type=client_credentials&scope=feed:read&scope=feed:read": "invalid_request",
    b"grant_type=client_credentials&x=1&x=2": "invalid_request",
    b"grant_type=client_credentials&x=%00": "invalid_request",
    b"grant_type=client_credentials&x=\x00": "invalid_request",
    b"grant_type=client_credentials&x=%ff": "invalid_request",
    b"grant_type=client_credentials&x=\xff": "invalid_request",
    b"grant_type=client_credentials&x=%ed%a0%80": "invalid_request",
    b"grant_type=client_credentials&client_secret=x": "invalid_request",
    b"grant_type=client_credentials&client_id=cli_other": "invalid_request",
    b"&".join(b"a%d=1" % number for number in range(30)): "invalid_request",
    b"grant_type=" + b"x" * 20_000: "invalid_request",
    b"grant_type=": "invalid_request",
    b"grant_type=password&username=x&password=y": "unsupported_grant_type",
    # In this client nobody signs in.
    b"grant_type=authorization_code&code=x": "unauthorized_client",
    b"grant_type=%c3%a9": "unsupported_grant_type",
    b'{"grant_type": "client_credentials"}': "invalid_request",
}


@pytest.mark.parametrize("body", MALFORMED)
async def test_a_malformed_request_is_refused(http: httpx.AsyncClient, alder: DemoClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    auth = (alder.client_id, alder.client_secret)
    response = await http.post("/oauth/token", content=body, headers=headers, auth=auth)
    assert response.status_code in (400, 413)
    assert response.json()["error"] == MALFORMED[body]
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "", "\xe9"])
async def test_only_forms_are_read(http: httpx.AsyncClient, alder: DemoClient, content_type: str) -> None:
    headers = {"Content-Type": content_type.encode("latin-1")}
    auth = (alder.client_id, alder.client_secret)
    response = await http.post(
        "/oauth/token", content=b"grant_type=client_credentials", headers=list(headers.items()), auth=auth
    )
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "authorization",
    [
        b"Basic",
        b"Basic ",
        b"Basic x",
        b"Basic ====",
        b"Basic \xff\xfe",
        b"Basic " + base64.b64encode(b"\xff:\xff"),
        b"Basic " + base64.b64encode(b"no colon"),
        b"Basic " + base64.b64encode(b"%ff:%ff"),
        b"Basic " + base64.b64encode(b"a:" + b"x" * 60_000),
        b"Digest x",
        b"Bearer x",
    ],
)
async def test_malformed_credentials_are_no_client(http: httpx.AsyncClient, authorization: bytes) -> None:
    headers = [(b"Authorization", authorization)]
    response = await http.post("/oauth/token", data=GRANT, headers=headers)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


async def test_two_sets_of_credentials_are_refused(http: httpx.AsyncClient, alder: DemoClient) -> None:
    basic = b"Basic " + base64.b64encode(f"{alder.client_id}:{alder.client_secret}".encode())
    headers = [(b"Authorization", basic), (b"Authorization", basic)]
    response = await http.post("/oauth/token", data=GRANT, headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


async def test_answers_to_errors_hold_nothing_that_was_sent(http: httpx.AsyncClient, alder: DemoClient) -> None:
    for parameters in ({"grant_type": "canary"}, GRANT | {"scope": "canary"}, GRANT | {"client_id": "canary"}):
        response = await http.post("/oauth/token", data=parameters, auth=(alder.client_id, alder.client_secret))
        assert b"canary" not in response.content
        assert "canary" not in str(response.headers)
