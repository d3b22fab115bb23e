"""Row-level security: which rows the serving role reads and writes, and what the worker may do."""

from app.migrations.walls.sight import IN_SIGHT, LIVE

# Row-level security applies inside these sub-selects too, so each policy builds on the one of the row below.
CONTRIBUTION_SEEN = f"participant_id = (SELECT viewer_id()) OR {IN_SIGHT.format(c='contribution')}"
SIGNAL_SEEN = f"EXISTS (SELECT FROM contribution c WHERE c.signal_id = signal.id AND {LIVE.format(c='c')})"
END_SEEN = (
    "EXISTS (SELECT FROM contribution c WHERE c.signal_id = {end}"
    f" AND c.participant_id = signal_link.participant_id AND {LIVE.format(c='c')})"
)
LINK_SEEN = f"{END_SEEN.format(end='a_id')} AND {END_SEEN.format(end='b_id')}"
OWN = "participant_id = (SELECT viewer_id())"
OPERATOR = "(SELECT viewer_is_operator())"
OWN_OR_OPERATOR = f"{OWN} OR {OPERATOR}"
SOMEBODY = "(SELECT viewer_id()) IS NOT NULL"
OF_SEEN_SIGNAL = "EXISTS (SELECT FROM signal s WHERE s.id = signal_id)"
MY_CASE = "case_id IN (SELECT my_cases())"
# The one who opens a case sees it before it is a member, which it becomes by the next statement.
OPENED = "opened_by = (SELECT viewer_id()) AND (SELECT viewer_sees_others())"
OPENED_BY = "EXISTS (SELECT FROM shared_case o WHERE o.id = case_member.case_id AND o.opened_by = {who})"
# Who is in may invite; nobody lets itself in but the one who opened the case.
MEMBER_ADDED = (
    "invited_by = (SELECT viewer_id())"
    f" AND ({MY_CASE} OR participant_id = (SELECT viewer_id()) AND {OPENED_BY.format(who='(SELECT viewer_id())')})"
)
# Anyone may leave, and the opener may remove others; the opener itself stays.
MEMBER_REMOVED = (
    f"{MY_CASE} AND (participant_id = (SELECT viewer_id()) OR {OPENED_BY.format(who='(SELECT viewer_id())')})"
    f" AND NOT {OPENED_BY.format(who='case_member.participant_id')}"
)
CASE_SIGNAL_SEEN = f"{MY_CASE} AND {OF_SEEN_SIGNAL}"
CASE_EVENT_SEEN = (
    f"{MY_CASE} AND (kind <> 'SIGNAL_ADDED' OR EXISTS (SELECT FROM signal s WHERE s.id = case_event.subject_id))"
)
IN_SIGHT_THEN = """(
    (SELECT viewer_sees_others()) AND sight_{then} = 1 AND (program_{then} OR groups_{then} && (SELECT viewer_groups()))
    OR (SELECT viewer_is_operator()) AND sight_{then} = 2)"""
BEFORE, AFTER = IN_SIGHT_THEN.format(then="before"), IN_SIGHT_THEN.format(then="after")
# A change of the audience alone is for those who gained or lost sight by it (R18); hiding changes nothing for the
# contributor, in whichever way else the change would concern it.
FEED_SEEN = (
    "(kind <> 'HIDING' OR owner_id <> (SELECT viewer_id())) AND (owner_id = (SELECT viewer_id())"
    f" OR ({BEFORE} OR {AFTER}) AND (kind <> 'AUDIENCE' OR NOT {BEFORE} OR NOT {AFTER}))"
)
# Of its own contributions, and of those of others that its feedback refers to. OFFSET keeps the planner from gathering
# all references first.
TOLD = """owner_id = (SELECT viewer_id()) AND kind IN ('CONTRIBUTION', 'AUDIENCE') OR kind = 'FEEDBACK' AND EXISTS (
    SELECT FROM feedback f JOIN feedback_reference r ON r.feedback_id = f.id
    WHERE f.signal_id = inbox.signal_id AND f.author_id = (SELECT viewer_id()) AND r.contributor_id = inbox.owner_id
    OFFSET 0)"""

# Table -> (policy for reading, policy for writing); null: the serving role may not.
POLICIES: dict[str, tuple[str | None, str | None]] = {
    "participant": (
        f"id = (SELECT viewer_id()) OR {OPERATOR} OR (SELECT viewer_sees_others())"
        " AND status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'OFFBOARDING')",
        OPERATOR,
    ),
    "sharing_group": (f"id = ANY ((SELECT viewer_groups())::uuid[]) OR {OPERATOR}", OPERATOR),
    "group_member": (f"group_id = ANY ((SELECT viewer_groups())::uuid[]) OR {OPERATOR}", OPERATOR),
    "api_client": (OWN_OR_OPERATOR, OWN_OR_OPERATOR),
    "revoked_token": (None, "true"),
    "match_key": (OWN, OWN),
    "signal": (SIGNAL_SEEN, OPERATOR),
    "signal_match_key": (OF_SEEN_SIGNAL, OF_SEEN_SIGNAL),
    "pdq_band": (OF_SEEN_SIGNAL, OF_SEEN_SIGNAL),
    "guard_entry": (SOMEBODY, OPERATOR),
    "contribution": (CONTRIBUTION_SEEN, OWN),
    "contribution_group": (
        "EXISTS (SELECT FROM contribution c WHERE c.id = contribution_id)",
        "EXISTS (SELECT FROM contribution c WHERE c.id = contribution_id AND c.participant_id = (SELECT viewer_id()))",
    ),
    "signal_link": (LINK_SEEN, OWN),
    "feedback": (
        "author_id = (SELECT viewer_id()) OR (SELECT viewer_sees_others()) AND EXISTS (SELECT FROM feedback_reference r"
        " WHERE r.feedback_id = feedback.id AND r.contributor_id = (SELECT viewer_id()))",
        "author_id = (SELECT viewer_id())",
    ),
    "feedback_version": ("author_id = (SELECT viewer_id())", "author_id = (SELECT viewer_id())"),
    "feedback_reference": (
        "contributor_id = (SELECT viewer_id()) AND (SELECT viewer_sees_others()) OR author_id = (SELECT viewer_id())",
        "author_id = (SELECT viewer_id())",
    ),
    "victim_report": (
        f"author_id = (SELECT viewer_id()) OR {OPERATOR}",
        "author_id = (SELECT viewer_id()) AND still_sees(signal_id)",
    ),
    "shared_case": (f"id IN (SELECT my_cases()) OR {OPENED}", OPENED),
    "case_member": (MY_CASE, MEMBER_ADDED),
    "case_signal": (CASE_SIGNAL_SEEN, f"{CASE_SIGNAL_SEEN} AND added_by = (SELECT viewer_id())"),
    "case_note": (MY_CASE, f"{MY_CASE} AND author_id = (SELECT viewer_id())"),
    "case_event": (CASE_EVENT_SEEN, f"{CASE_EVENT_SEEN} AND actor_id = (SELECT viewer_id())"),
    "access_record": (
        "reader_id = (SELECT viewer_id()) OR EXISTS (SELECT FROM access_record_contributor r"
        " WHERE r.record_id = access_record.id AND r.contributor_id = (SELECT viewer_id()))",
        "reader_id = (SELECT viewer_id())",
    ),
    "access_record_contributor": (
        "contributor_id = (SELECT viewer_id()) OR reader_id = (SELECT viewer_id())",
        "reader_id = (SELECT viewer_id())",
    ),
    "audit_event": (OPERATOR, OWN),
    "idempotency": ("client_id = (SELECT viewer_client())", "client_id = (SELECT viewer_client())"),
    "inbox": (None, TOLD),
    "feed": (FEED_SEEN, None),
    "key_check": (None, None),
}

# What the worker reads and changes: it sees all rows of these, and of no other table.
WORKER = {
    "inbox": "SELECT, DELETE",
    "feed": "SELECT, INSERT",
    "revoked_token": "SELECT, DELETE",
    "idempotency": "SELECT, DELETE",
}

DELETABLE = ("group_member", "signal_link", "contribution_group", "guard_entry", "case_member", "feedback_reference")
UPDATABLE = (
    "participant", "sharing_group", "api_client", "match_key", "signal", "contribution", "signal_link", "feedback",
    "victim_report", "shared_case", "idempotency",
)  # fmt: skip

# Where changing or removing a row takes another right than adding one, and where only some columns ever change.
CHANGING = {"shared_case": "id IN (SELECT my_cases())", "victim_report": OPERATOR}
REMOVING = {"case_member": MEMBER_REMOVED}
CHANGING_COLUMNS = {"shared_case": " (status, disposition, updated_at)"}
