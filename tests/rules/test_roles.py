"""What people may do by their roles, and where."""

import pytest

from app.errors import InvalidInput, Refusal
from app.rules import roles
from app.rules.participants import ParticipantClass
from app.rules.roles import Role
from app.rules.scopes import ALLOWED, Scope

C = ParticipantClass

# It stands here once more, so that a scope that slips into a role is missed.
READING = {"participants:read", "schema:read"}
GIVEN = {
    Role.INVESTIGATOR: READING
    | {"signals:read", "signals:match", "signals:reveal", "signals:write", "signals:retract", "feed:read"}
    | {"feedback:read", "feedback:write", "cases:read", "cases:write", "cases:share", "impact:read"},
    Role.REVIEWER: READING
    | {"signals:read", "signals:match", "feed:read", "feedback:read", "feedback:write", "cases:read"},
    Role.ANALYST: READING | {"signals:read", "feed:read", "feedback:read", "impact:read"},
    Role.PARTICIPANT_ADMIN: READING | {"clients:manage", "audit:read"},
    Role.OPERATOR: READING
    | {"signals:read", "feed:read", "feedback:read", "participants:manage", "compliance:manage", "clients:manage"}
    | {"audit:read", "impact:read"},
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gives_what_it_should(role: Role) -> None:
    assert roles.held(C.OPERATOR, [role]) == GIVEN[role]


@pytest.mark.parametrize("participant_class", list(C))
def test_nobody_may_more_than_its_class(participant_class: C) -> None:
    allowed = frozenset(map(str, ALLOWED[participant_class]))
    for role in Role:
        found = roles.held(participant_class, [role])
        assert found == (GIVEN[role] & allowed if roles.may_be(participant_class, role) else set())
    assert roles.held(participant_class, list(Role)) == allowed


def test_values_in_clear_come_with_the_investigator_alone() -> None:
    assert [role for role in Role if Scope.SIGNALS_REVEAL in roles.SCOPES[role]] == [Role.INVESTIGATOR]


def test_nobody_but_the_operators_people_operates() -> None:
    for one in C:
        assert roles.may_be(one, Role.OPERATOR) is (one is C.OPERATOR)
    assert roles.held(C.CONTRIBUTOR_CONSUMER, ["OPERATOR"]) == frozenset()


def test_a_receiver_never_uploads_whatever_its_people_do() -> None:
    assert not {"signals:write", "signals:retract"} & roles.held(C.RECEIVE_ONLY, list(Role))


def test_what_is_no_role_gives_nothing() -> None:
    assert roles.held(C.OPERATOR, ["signals:read", "operator", "", "ROOT"]) == frozenset()


def test_roles_are_kept_once_and_in_their_order() -> None:
    assert roles.check(C.OPERATOR, [Role.OPERATOR, Role.ANALYST, Role.OPERATOR]) == ["ANALYST", "OPERATOR"]


@pytest.mark.parametrize(
    ("given", "reason"), [([], Refusal.EMPTY), ([Role.ANALYST, Role.OPERATOR], Refusal.ROLE_NOT_ALLOWED)]
)
def test_roles_that_nobody_has_there_are_refused(given: list[Role], reason: Refusal) -> None:
    with pytest.raises(InvalidInput) as refused:
        roles.check(C.CONTRIBUTOR_CONSUMER, given)
    assert refused.value.reason is reason
