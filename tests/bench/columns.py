"""The columns of the tables in the order in which the data set gives them; what the database fills in is left out."""

from app.store.tables import metadata

_ACKNOWLEDGED = {"acknowledged_epoch", "acknowledged_position", "changes_acknowledged_at"}
FILLED_IN = {
    "contribution": {"shared"},
    "signal": {"made_in"},
    "api_client": {"auth_method", "public_keys", "requires_dpop", "redirect_uris", "confined"} | _ACKNOWLEDGED,
}


def of(table: str, *names: str) -> tuple[str, ...]:
    """The names, after a look whether they are all columns that have to be given."""
    wanted = {column.name for column in metadata.tables[table].columns} - FILLED_IN.get(table, set())
    if set(names) != wanted:
        raise ValueError(f"{table} has other columns: {sorted(set(names) ^ wanted)}")
    return names


def all_of(**tables: str) -> dict[str, tuple[str, ...]]:
    return {table: of(table, *names.split()) for table, names in tables.items()}


COLUMNS = all_of(
    participant="id created_at slug name participant_class status feed_epoch quarantines updated_at",
    sharing_group="id created_at slug name",
    group_member="group_id participant_id added_at",
    api_client="id created_at participant_id name scopes secret_digest secret_rotated_at disabled_at",
    key_check="purpose version digest",
    key_use="one epoch encryption tag_versions announced",
    signal="id created_at type qualifier tag tag_key_version normaliser_version sealed_value key_version hidden",
    signal_match_key="signal_id tag",
    contribution="id created_at signal_id signal_type participant_id version labels_version status program_wide"
    " audience_groups hidden signal_hidden violations violations_version annotations severity confidence precision"
    " handling review_status content_grade subject_role media_type sealed_context observed_at expires_at updated_at"
    " ended_at retraction_reason",
    contribution_group="group_id contribution_id",
    feed="position inbox_id kind signal_id owner_id sight_before program_before groups_before sight_after"
    " program_after groups_after at",
    signal_link="id created_at a_id b_id relation participant_id confidence",
    feedback="id created_at verdict reason review_status reviewed_at sealed_reviewer_role sealed_policy_reference"
    " sealed_note actions author_id signal_id signal_type version updated_at",
    feedback_version="verdict reason review_status reviewed_at sealed_reviewer_role sealed_policy_reference"
    " sealed_note actions feedback_id version author_id recorded_at",
    feedback_reference="feedback_id contribution_id contribution_version contributor_id author_id verdict signal_type"
    " updated_at",
    shared_case="id created_at opened_by sealed_title sealed_summary status disposition updated_at event_count",
    case_member="case_id participant_id invited_by joined_at",
    case_signal="case_id signal_id added_by added_at",
    case_note="id created_at case_id author_id sealed_text",
    case_event="id created_at case_id actor_id kind subject_id status disposition number",
)
