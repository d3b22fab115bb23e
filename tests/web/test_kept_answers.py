"""Trusted documents by GET: what a client may keep, and ask for again."""

from urllib.parse import quote

from starlette.datastructures import Headers

from app.rules.keyring import Keyring
from app.rules.trusted_documents import id_of
from app.web import entity_tags
from app.web.reply import Reply
from tests.charges import taken_off, without
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session, served
from tests.web.bearers import GUARDED, JSON, LIST, REGISTER, RETIRE, SEVERAL, SIGNAL, WHO, WRITE, Bearer, told

KEPT = {"cache-control": "private, no-cache", "vary": "Authorization, Accept, Accept-Encoding"}


async def test_a_query_by_get_may_be_kept_and_asked_for_again(mine: Bearer, exchange: DemoExchange) -> None:
    path = f"documentId={id_of(WHO)}"
    first = await mine.get(path)
    tag = first.headers["etag"]
    assert (first.status_code, {name: first.headers[name] for name in KEPT}) == (200, KEPT)
    assert tag.startswith('W/"')
    for stated in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await mine.get(path, **{"If-None-Match": stated})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert {name: again.headers[name] for name in KEPT} == KEPT
        assert "content-length" not in again.headers
    changed = await mine.get(path, **{"If-None-Match": '"other"'})
    assert (changed.status_code, without(changed.content)) == (200, without(first.content))
    async with served(exchange) as other:
        elsewhere = await other.get(f"/graphql?{path}", headers=mine.headers)
    assert elsewhere.headers["etag"] == tag, "another process has the same"


async def test_a_page_of_a_list_is_the_same_when_nothing_changed(mine: Bearer) -> None:
    first = await mine.get(f"documentId={id_of(LIST)}")
    assert first.json()["data"]["trustedDocuments"]["pageInfo"]["endCursor"]
    known = {"If-None-Match": first.headers["etag"]}
    assert (await mine.get(f"documentId={id_of(LIST)}", **known)).status_code == 304
    await mine.session.ask(RETIRE, input={"documentIds": [id_of(SIGNAL)]})
    assert (await mine.get(f"documentId={id_of(LIST)}", **known)).status_code == 200


async def test_a_tag_is_of_one_answer_in_one_form(mine: Bearer, birch: Session, operator: Session) -> None:
    await operator.ask(REGISTER, input={"documents": [WHO]})
    path = f"documentId={id_of(WHO)}"
    others = await Bearer.of(birch)
    answers = [await mine.get(path), await mine.get(path, Accept=JSON), await others.get(path)]
    assert len({answer.headers["etag"] for answer in answers}) == 3
    tag = answers[0].headers["etag"]
    assert (await others.get(path, **{"If-None-Match": tag})).status_code == 200


def test_a_tag_takes_the_keys_of_the_exchange() -> None:
    """So nobody who has but the tag can try which answer it is of."""
    reply, headers, keyring = Reply(200, JSON, b"{}"), Headers(), Keyring.generate()
    said = reply.body
    tags = [
        entity_tags.revalidated(reply, said, headers, keys).headers for keys in (keyring, keyring, Keyring.generate())
    ]
    one, same, other = (told["ETag"] for told in tags if told)
    assert one == same != other


async def test_nothing_else_may_be_kept(mine: Bearer) -> None:
    known = {"If-None-Match": "*"}
    answers = [
        await mine.post(documentId=id_of(WHO)),
        await mine.get(f"query={quote(WHO)}", **known),
        await mine.get(f"documentId={id_of('absent')}", **known),
        await mine.get(f"documentId={id_of(GUARDED)}", **known),
        await mine.get(f"documentId={id_of(SIGNAL)}", **known),
        await mine.get(f"documentId={id_of(WRITE)}", **known),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 400, 403, 400, 405]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_a_mutation_never_runs_by_get(mine: Bearer) -> None:
    input = quote(f'{{"input":{{"clientId":"{mine.session.client.client_id}"}}}}')
    answer = await mine.get(f"documentId={id_of(WRITE)}&variables={input}")
    assert (told(answer), answer.headers["allow"]) == ((405, "BAD_USER_INPUT"), "POST")
    assert (await mine.post(query=WHO)).status_code == 200, "its client is not disabled"


async def test_parameters_come_in_the_url(mine: Bearer) -> None:
    variables = quote('{"id":"sig_1"}')
    answer = await mine.get(f"documentId={id_of(SIGNAL)}&variables={variables}")
    assert (answer.status_code, taken_off(answer.json())) == (200, {"data": {"signal": None}})
    answer = await mine.get(f"documentId={quote(id_of(SEVERAL))}&operationName=Other")
    assert set(answer.json()["data"]["viewer"]) == {"scopes"}
    assert (await mine.get(f"documentId={id_of(WHO)}&operationName=")).status_code == 200


async def test_who_is_shut_out_is_not_told_that_nothing_changed(mine: Bearer, operator: Session) -> None:
    path = f"documentId={id_of(WHO)}"
    tag = (await mine.get(path)).headers["etag"]
    await operator.send(WRITE, input={"clientId": mine.session.client.client_id})
    assert (await mine.get(path, **{"If-None-Match": tag})).status_code == 401
