"""Who manages people, and what that changes."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.errors import Conflict, ExchangeError, Forbidden, InvalidInput, NotFound
from app.rules.actor import Actor, SignedIn
from app.rules.roles import Role
from app.rules.scopes import Scope
from app.services import people
from app.services.idempotency import Call, once
from app.services.people import LinkedPerson, PersonDraft
from app.store import people as queries
from app.store.tables.person import PersonRow, SignInRow
from tests.demo_exchange import DemoExchange

MOMENT = datetime(2026, 7, 1, tzinfo=UTC)
DRAFT = PersonDraft(None, "new@people.example", "New Person", (Role.REVIEWER,))


@pytest.fixture
async def admin(exchange: DemoExchange, owner_engine: AsyncEngine) -> Actor:
    """Alder's first person."""
    return await acting(exchange, owner_engine, "alder")


async def acting(exchange: DemoExchange, owner_engine: AsyncEngine, slug: str) -> Actor:
    """The first person of a participant, with every scope."""
    actor = await exchange.actor(slug)
    async with owner_engine.connect() as owner:
        query = text("SELECT id FROM person WHERE participant_id = :participant")
        id = await owner.scalar(query, {"participant": actor.participant_id})
    return replace(actor, signed_in=SignedIn(id, uuid4()))


async def invite(exchange: DemoExchange, actor: Actor, draft: PersonDraft = DRAFT) -> LinkedPerson:
    async with exchange.database.write(actor) as session:
        return await people.invite(session, actor, exchange.keyring, draft)


async def disable(exchange: DemoExchange, actor: Actor, row: PersonRow) -> PersonRow:
    async with exchange.database.write(actor) as session:
        return await people.disable(session, actor, row.id)


async def set_roles(exchange: DemoExchange, actor: Actor, row: PersonRow, *roles: Role) -> PersonRow:
    async with exchange.database.write(actor) as session:
        return await people.set_roles(session, actor, row.id, roles)


async def person(exchange: DemoExchange, actor: Actor) -> PersonRow:
    """The one who acts."""
    async with exchange.database.read(actor) as session:
        assert actor.person_id is not None
        return (await queries.by_ids(session, actor, [actor.person_id]))[actor.person_id]


async def test_an_administrator_invites_for_its_own_participant(exchange: DemoExchange, admin: Actor) -> None:
    linked = await invite(exchange, admin)
    assert linked.row.participant_id == admin.participant_id
    assert linked.link.startswith("lxl_")
    assert linked.link not in repr(linked)


async def test_nobody_invites_for_another_participant(exchange: DemoExchange, admin: Actor) -> None:
    for participant_id in (exchange.id("birch"), uuid4()):
        with pytest.raises(NotFound):
            await invite(exchange, admin, replace(DRAFT, participant_id=participant_id))


async def test_the_operator_invites_for_anybody(exchange: DemoExchange) -> None:
    operator = await exchange.operator()
    linked = await invite(exchange, operator, replace(DRAFT, participant_id=exchange.id("birch")))
    assert linked.row.participant_id == exchange.id("birch")
    with pytest.raises(NotFound):
        await invite(exchange, operator, replace(DRAFT, participant_id=uuid4(), email="other@people.example"))


async def test_a_program_makes_no_people_of_its_own(exchange: DemoExchange, admin: Actor) -> None:
    """By a person of its own it would have `signals:reveal`, which the operator grants to programs one by one."""
    program, row = await exchange.actor("alder"), await person(exchange, admin)
    for act in (
        invite(exchange, program),
        set_roles(exchange, program, row, Role.ANALYST),
        disable(exchange, program, row),
    ):
        with pytest.raises(Forbidden, match="Only a person"):
            await act


@pytest.mark.parametrize("slug", ["birch", "cedar"])
async def test_people_of_others_do_not_exist(
    exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine, slug: str
) -> None:
    row = await person(exchange, admin)
    other = replace(await exchange.actor(slug), signed_in=SignedIn(uuid4(), uuid4()))
    for act in (set_roles(exchange, other, row, Role.ANALYST), disable(exchange, other, row)):
        with pytest.raises(NotFound):
            await act
    async with exchange.database.read(other) as session:
        assert row.id not in await queries.by_ids(session, other, [row.id])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a\ud800@mail.example"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"roles": ()}, "roles"),
        ({"roles": (Role.OPERATOR,)}, "roles"),
    ],
    ids=str,
)
async def test_a_person_needs_an_address_a_name_and_roles(
    exchange: DemoExchange, admin: Actor, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await invite(exchange, admin, replace(DRAFT, **changed))
    assert refused.value.field == field


async def test_an_address_signs_in_one_person(exchange: DemoExchange, admin: Actor) -> None:
    await invite(exchange, admin)
    for email in ("new@people.example", " NEW@People.Example"):
        with pytest.raises(Conflict, match="already"):
            await invite(exchange, admin, replace(DRAFT, email=email))


async def test_the_last_administrator_stays(exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine) -> None:
    row = await person(exchange, admin)
    second = (await invite(exchange, admin, replace(DRAFT, roles=(Role.PARTICIPANT_ADMIN,)))).row
    for act in (set_roles(exchange, admin, row, Role.ANALYST), disable(exchange, admin, row)):
        # The other one cannot sign in yet.
        with pytest.raises(Conflict, match="Nobody else"):
            await act
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE person SET password_set_at = now() WHERE id = :id"), {"id": second.id})
    assert (await set_roles(exchange, admin, row, Role.ANALYST)).roles == ["ANALYST"]
    with pytest.raises(Conflict, match="Nobody else"):
        await disable(exchange, admin, second)


async def test_the_operator_can_always(exchange: DemoExchange, admin: Actor) -> None:
    row, operator = await person(exchange, admin), await exchange.operator()
    disabled = await disable(exchange, operator, row)
    assert disabled.disabled_at == operator.as_of
    with pytest.raises(Conflict, match="for good"):
        await set_roles(exchange, operator, row, Role.ANALYST)
    assert (await disable(exchange, operator, row)).epoch == disabled.epoch


async def test_two_administrators_do_not_shut_out_each_other(
    exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine
) -> None:
    row = await person(exchange, admin)
    second = (await invite(exchange, admin, replace(DRAFT, roles=(Role.PARTICIPANT_ADMIN,)))).row
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE person SET password_set_at = now() WHERE id = :id"), {"id": second.id})
    other = replace(admin, signed_in=SignedIn(second.id, uuid4()))
    async with exchange.database.write(admin) as one:
        await people.disable(one, admin, second.id)
        # The other begins meanwhile, and waits.
        import asyncio

        waiting = asyncio.ensure_future(disable(exchange, other, row))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    with pytest.raises((Conflict, ExchangeError)):
        await waiting


@pytest.mark.parametrize("status", ["RESTRICTED", "SUSPENDED"])
async def test_a_participant_in_any_status_shuts_people_out_but_lets_nobody_in(
    exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine, status: str
) -> None:
    linked = await invite(exchange, admin)
    async with owner_engine.begin() as owner:
        change = text("UPDATE participant SET status = :status WHERE id = :id")
        await owner.execute(change, {"status": status, "id": admin.participant_id})
    now = replace(await exchange.actor("alder"), signed_in=admin.signed_in)
    with pytest.raises(Forbidden):
        await invite(exchange, now, replace(DRAFT, email="other@people.example"))
    assert (await disable(exchange, now, linked.row)).disabled_at is not None


async def test_it_takes_the_scope(exchange: DemoExchange, admin: Actor) -> None:
    without = replace(admin, scopes=admin.scopes - {Scope.CLIENTS_MANAGE})
    for act in (invite(exchange, without), disable(exchange, without, await person(exchange, admin))):
        with pytest.raises(Forbidden, match="clients:manage"):
            await act


async def test_the_trail_says_which_person_did_it(
    exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine
) -> None:
    linked = await invite(exchange, admin)
    await set_roles(exchange, admin, linked.row, Role.ANALYST)
    await disable(exchange, admin, linked.row)
    operator = await exchange.operator()
    await invite(exchange, operator, replace(DRAFT, email="another@people.example"))
    async with owner_engine.connect() as owner:
        trail = (await owner.execute(text("SELECT action, client_id, person_id, subjects FROM audit_event"))).all()
    assert {(row.action, row.client_id, row.person_id) for row in trail} == {
        ("person.invite", admin.client_id, admin.person_id),
        ("person.set_roles", admin.client_id, admin.person_id),
        ("person.disable", admin.client_id, admin.person_id),
        ("person.invite", operator.client_id, None),
    }
    assert all(linked.row.id in row.subjects for row in trail if row.person_id)


async def test_a_call_of_a_person_is_kept_for_the_person(
    exchange: DemoExchange, admin: Actor, owner_engine: AsyncEngine
) -> None:
    """At its next sign-in too, and for nobody else, the program it uses included (R19)."""
    done: list[Actor] = []

    async def call(actor: Actor) -> None:
        async def work() -> str:
            done.append(actor)
            return "done"

        async with exchange.database.write(actor) as session:
            await once(session, actor, exchange.keyring, Call("a mutation", "a key", {}), work)

    assert admin.person_id is not None
    first, second = uuid4(), uuid4()
    async with owner_engine.begin() as owner:
        for id in (first, second):
            moments, digests = (
                {"created_at": MOMENT, "refreshed_at": MOMENT},
                {"session_digest": b"", "code_digest": id.bytes},
            )
            who = {"id": id, "person_id": admin.person_id, "client_id": admin.client_id, "epoch": 1, "scopes": []}
            await owner.execute(insert(SignInRow).values(**moments, **digests, **who, redirect_uri="", challenge=""))
    signed_in = [replace(admin, signed_in=SignedIn(admin.person_id, id)) for id in (first, second)]
    for actor in (*signed_in, replace(admin, signed_in=None)):
        await call(actor)
    assert done == [signed_in[0], replace(admin, signed_in=None)]
