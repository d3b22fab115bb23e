"""The audit trail names its actions in one way."""

import re

import pytest

from app.rules.audit import AuditAction


@pytest.mark.parametrize("action", AuditAction)
def test_an_action_is_a_noun_and_a_verb(action: AuditAction) -> None:
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", action)
    assert action.name == action.replace(".", "_").upper()
