"""What the audit trail calls the actions that it keeps."""

from enum import StrEnum


class AuditAction(StrEnum):
    """The noun that was acted upon, then the verb; never a value."""

    PARTICIPANT_ADMIT = "participant.admit"
    PARTICIPANT_BECOME = "participant.become"
    PARTICIPANT_QUARANTINE = "participant.quarantine"
    PARTICIPANT_END_QUARANTINE = "participant.end_quarantine"
    PARTICIPANT_HIDE = "participant.hide"
    PARTICIPANT_SHOW = "participant.show"
    GROUP_CREATE = "group.create"
    GROUP_RENAME = "group.rename"
    GROUP_ADD_MEMBERS = "group.add_members"
    GROUP_REMOVE_MEMBERS = "group.remove_members"
    CLIENT_REGISTER = "client.register"
    CLIENT_ROTATE_SECRET = "client.rotate_secret"  # noqa: S105  # the name of an action
    CLIENT_SET_KEYS = "client.set_keys"
    CLIENT_REQUIRE_DPOP = "client.require_dpop"
    CLIENT_END_REQUIRING_DPOP = "client.end_requiring_dpop"
    CLIENT_DISABLE = "client.disable"
    PERSON_INVITE = "person.invite"
    PERSON_SET_ROLES = "person.set_roles"
    PERSON_DISABLE = "person.disable"
    PERSON_RESET_PASSWORD = "person.reset_password"  # noqa: S105  # the name of an action
    MATCH_KEY_ISSUE = "match_key.issue"
    GUARD_LIST_LOAD = "guard_list.load"
    GUARD_LIST_UNLOAD = "guard_list.unload"
    CONTRIBUTION_RELEASE = "contribution.release"
    CONTRIBUTION_HIDE = "contribution.hide"
    CONTRIBUTION_SHOW = "contribution.show"
    SIGNAL_HIDE = "signal.hide"
    SIGNAL_SHOW = "signal.show"
    VICTIM_REPORT_CONFIRM = "victim_report.confirm"
    VICTIM_REPORT_LIFT = "victim_report.lift"
