"""All tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sealed_purpose_text", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_record")),
    )
    op.create_index("ix_access_record_reader", "access_record", ["reader_id", "created_at", "id"], unique=False)
    op.create_table(
        "api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_digest", sa.LargeBinary(), nullable=False),
        sa.Column("secret_rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_client")),
    )
    op.create_index(op.f("ix_api_client_participant_id"), "api_client", ["participant_id"], unique=False)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subjects", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_index("ix_audit_event_participant", "audit_event", ["participant_id", "created_at"], unique=False)
    op.create_table(
        "contribution",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("signal_type", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("labels_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("program_wide", sa.Boolean(), nullable=False),
        sa.Column("audience_groups", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("signal_hidden", sa.Boolean(), nullable=False),
        sa.Column(
            "shared",
            sa.Boolean(),
            sa.Computed("status = 'ACTIVE' AND NOT hidden AND NOT signal_hidden", persisted=True),
            nullable=False,
        ),
        sa.Column("violations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("violations_version", sa.SmallInteger(), nullable=False),
        sa.Column("annotations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("review_status", sa.Text(), nullable=False),
        sa.Column("content_grade", sa.Text(), nullable=True),
        sa.Column("subject_role", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("sealed_context", sa.LargeBinary(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("cardinality(violations) > 0", name=op.f("ck_contribution_violations")),
        sa.CheckConstraint("confidence BETWEEN 1 AND 99", name=op.f("ck_contribution_confidence")),
        sa.CheckConstraint("program_wide OR cardinality(audience_groups) > 0", name=op.f("ck_contribution_audience")),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_contribution_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contribution")),
    )
    op.create_index(
        "ix_contribution_confidence_25",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 25"),
    )
    op.create_index(
        "ix_contribution_confidence_50",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 50"),
    )
    op.create_index(
        "ix_contribution_confidence_75",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 75"),
    )
    op.create_index(
        "ix_contribution_contributor",
        "contribution",
        ["participant_id", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_created",
        "contribution",
        ["created_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_expiry",
        "contribution",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_handling_amber",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'AMBER'"),
    )
    op.create_index(
        "ix_contribution_handling_amber_strict",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'AMBER_STRICT'"),
    )
    op.create_index(
        "ix_contribution_handling_clear",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'CLEAR'"),
    )
    op.create_index(
        "ix_contribution_handling_green",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'GREEN'"),
    )
    op.create_index(
        "ix_contribution_handling_red",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'RED'"),
    )
    op.create_index(
        "ix_contribution_participant", "contribution", ["participant_id", "status", "updated_at", "id"], unique=False
    )
    op.create_index(
        "ix_contribution_severity_high",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 3"),
    )
    op.create_index(
        "ix_contribution_severity_imminent_harm",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 4"),
    )
    op.create_index(
        "ix_contribution_severity_low",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 1"),
    )
    op.create_index(
        "ix_contribution_severity_medium",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 2"),
    )
    op.create_index(
        "ix_contribution_type",
        "contribution",
        ["signal_type", "updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_type_created",
        "contribution",
        ["signal_type", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_updated",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_index(
        "ix_contribution_violation_child_sex_tourism",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CHILD_SEX_TOURISM'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_child_sex_trafficking",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CHILD_SEX_TRAFFICKING'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_contact_offence_risk",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CONTACT_OFFENCE_RISK'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_csam_possession_distribution",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CSAM_POSSESSION_DISTRIBUTION'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_csam_solicitation",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CSAM_SOLICITATION'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_financial_facilitation",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['FINANCIAL_FACILITATION'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_misleading_domain_or_words",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['MISLEADING_DOMAIN_OR_WORDS'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_online_enticement_grooming",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['ONLINE_ENTICEMENT_GROOMING'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_sadistic_online_exploitation",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SADISTIC_ONLINE_EXPLOITATION'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_sextortion_financial",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SEXTORTION_FINANCIAL'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_sextortion_sexual",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SEXTORTION_SEXUAL'::text]"
        ),
    )
    op.create_index(
        "ix_contribution_violation_unsolicited_material_to_minor",
        "contribution",
        ["updated_at", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['UNSOLICITED_MATERIAL_TO_MINOR'::text]"
        ),
    )
    op.create_index(
        "uq_contribution_live",
        "contribution",
        ["signal_id", "participant_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.create_table(
        "contribution_group",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "contribution_id", name=op.f("pk_contribution_group")),
    )
    op.create_index(
        op.f("ix_contribution_group_contribution_id"), "contribution_group", ["contribution_id"], unique=False
    )
    op.create_table(
        "feed",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sight_before", sa.SmallInteger(), nullable=False),
        sa.Column("program_before", sa.Boolean(), nullable=False),
        sa.Column("groups_before", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("sight_after", sa.SmallInteger(), nullable=False),
        sa.Column("program_after", sa.Boolean(), nullable=False),
        sa.Column("groups_after", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inbox_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
    )
    op.create_index("ix_feed_signal", "feed", ["signal_id", sa.literal_column("position DESC")], unique=False)
    op.create_table(
        "feedback",
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("review_status", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_reviewer_role", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_policy_reference", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("signal_type", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_typeof(actions) = 'object'", name=op.f("ck_feedback_actions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("signal_id", "author_id", name=op.f("uq_feedback_signal_id_author_id")),
    )
    op.create_index("ix_feedback_author", "feedback", ["author_id", "updated_at", "id"], unique=False)
    op.create_index(
        "ix_feedback_author_finding",
        "feedback",
        ["author_id", "verdict", "signal_type", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "participant_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_participant_id"), "group_member", ["participant_id"], unique=False)
    op.create_table(
        "guard_entry",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("guard_list", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("pk_guard_entry")),
    )
    op.create_index(op.f("ix_guard_entry_guard_list"), "guard_entry", ["guard_list"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("key_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("input_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "mutation", "key_fingerprint", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sight_before", sa.SmallInteger(), nullable=False),
        sa.Column("program_before", sa.Boolean(), nullable=False),
        sa.Column("groups_before", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("sight_after", sa.SmallInteger(), nullable=False),
        sa.Column("program_after", sa.Boolean(), nullable=False),
        sa.Column("groups_after", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_at", "inbox", ["at", "id"], unique=False)
    op.create_table(
        "key_check",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "version", name=op.f("pk_key_check")),
    )
    op.create_table(
        "match_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_key")),
        sa.UniqueConstraint("participant_id", "epoch", name=op.f("uq_match_key_participant_id_epoch")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("participant_class", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("feed_epoch", sa.Integer(), nullable=False),
        sa.Column("quarantines", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sa.UniqueConstraint("slug", name=op.f("uq_participant_slug")),
    )
    op.create_index(op.f("ix_participant_status"), "participant", ["status"], unique=False)
    op.create_table(
        "pdq_band",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("signal_id", "tag", name=op.f("pk_pdq_band")),
    )
    op.create_index(op.f("ix_pdq_band_tag"), "pdq_band", ["tag"], unique=False)
    op.create_table(
        "revoked_token",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_revoked_token")),
    )
    op.create_index(op.f("ix_revoked_token_expires_at"), "revoked_token", ["expires_at"], unique=False)
    op.create_table(
        "shared_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("sealed_title", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_summary", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_case")),
    )
    op.create_table(
        "sharing_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_group")),
        sa.UniqueConstraint("slug", name=op.f("uq_sharing_group_slug")),
    )
    op.create_table(
        "signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("tag_key_version", sa.SmallInteger(), nullable=False),
        sa.Column("normaliser_version", sa.SmallInteger(), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary(), nullable=False),
        sa.Column("key_version", sa.SmallInteger(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint("type", "tag", name=op.f("uq_signal_type_tag")),
    )
    op.create_table(
        "signal_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("confidence", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("a_id <> b_id", name=op.f("ck_signal_link_ends")),
        sa.CheckConstraint("confidence BETWEEN 1 AND 99", name=op.f("ck_signal_link_confidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_link")),
        sa.UniqueConstraint(
            "a_id", "b_id", "relation", "participant_id", name=op.f("uq_signal_link_a_id_b_id_relation_participant_id")
        ),
    )
    op.create_index("ix_signal_link_a_created", "signal_link", ["a_id", "created_at", "id"], unique=False)
    op.create_index("ix_signal_link_b_a", "signal_link", ["b_id", "a_id"], unique=False)
    op.create_index("ix_signal_link_b_created", "signal_link", ["b_id", "created_at", "id"], unique=False)
    op.create_index("ix_signal_link_participant", "signal_link", ["participant_id"], unique=False)
    op.create_table(
        "signal_match_key",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("signal_id", "tag", name=op.f("pk_signal_match_key")),
    )
    op.create_index(op.f("ix_signal_match_key_tag"), "signal_match_key", ["tag"], unique=False)
    op.create_table(
        "victim_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hid_at_once", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_victim_report")),
    )
    op.create_index("ix_victim_report_author", "victim_report", ["author_id", "created_at"], unique=False)
    op.create_index("ix_victim_report_created", "victim_report", ["created_at", "id"], unique=False)
    op.create_index("ix_victim_report_signal", "victim_report", ["signal_id"], unique=False)
    op.create_index("ix_victim_report_state", "victim_report", ["state", "created_at", "id"], unique=False)
    op.create_table(
        "access_record_contributor",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["access_record.id"], name=op.f("fk_access_record_contributor_record_id")
        ),
        sa.PrimaryKeyConstraint("record_id", "contributor_id", name=op.f("pk_access_record_contributor")),
    )
    op.create_index(
        "ix_access_record_contributor_contributor",
        "access_record_contributor",
        ["contributor_id", "created_at", "record_id"],
        unique=False,
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["shared_case.id"], name=op.f("fk_case_event_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index("ix_case_event_case", "case_event", ["case_id", "created_at", "id"], unique=False)
    op.create_table(
        "case_member",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["shared_case.id"], name=op.f("fk_case_member_case_id")),
        sa.PrimaryKeyConstraint("case_id", "participant_id", name=op.f("pk_case_member")),
    )
    op.create_index("ix_case_member_participant", "case_member", ["participant_id", "case_id"], unique=False)
    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["shared_case.id"], name=op.f("fk_case_note_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index("ix_case_note_case", "case_note", ["case_id", "created_at", "id"], unique=False)
    op.create_table(
        "case_signal",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["shared_case.id"], name=op.f("fk_case_signal_case_id")),
        sa.PrimaryKeyConstraint("case_id", "signal_id", name=op.f("pk_case_signal")),
    )
    op.create_index("ix_case_signal_case", "case_signal", ["case_id", "added_at", "signal_id"], unique=False)
    op.create_index("ix_case_signal_signal", "case_signal", ["signal_id"], unique=False)
    op.create_table(
        "feedback_reference",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_id", sa.Uuid(), nullable=False),
        sa.Column("contribution_version", sa.Integer(), nullable=False),
        sa.Column("contributor_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("signal_type", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_reference_feedback_id")),
        sa.PrimaryKeyConstraint("feedback_id", "contribution_id", name=op.f("pk_feedback_reference")),
    )
    op.create_index(
        "ix_feedback_reference_finding",
        "feedback_reference",
        ["contributor_id", "verdict", "signal_type", "updated_at", "feedback_id"],
        unique=False,
    )
    op.create_index(
        "ix_feedback_reference_received",
        "feedback_reference",
        ["contributor_id", "updated_at", "feedback_id"],
        unique=False,
    )
    op.create_table(
        "feedback_version",
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("review_status", sa.Text(), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_reviewer_role", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_policy_reference", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.Column("actions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_version_feedback_id")),
        sa.PrimaryKeyConstraint("feedback_id", "version", name=op.f("pk_feedback_version")),
    )


def downgrade() -> None:
    op.drop_table("feedback_version")
    op.drop_index("ix_feedback_reference_received", table_name="feedback_reference")
    op.drop_index("ix_feedback_reference_finding", table_name="feedback_reference")
    op.drop_table("feedback_reference")
    op.drop_index("ix_case_signal_signal", table_name="case_signal")
    op.drop_index("ix_case_signal_case", table_name="case_signal")
    op.drop_table("case_signal")
    op.drop_index("ix_case_note_case", table_name="case_note")
    op.drop_table("case_note")
    op.drop_index("ix_case_member_participant", table_name="case_member")
    op.drop_table("case_member")
    op.drop_index("ix_case_event_case", table_name="case_event")
    op.drop_table("case_event")
    op.drop_index("ix_access_record_contributor_contributor", table_name="access_record_contributor")
    op.drop_table("access_record_contributor")
    op.drop_index("ix_victim_report_state", table_name="victim_report")
    op.drop_index("ix_victim_report_signal", table_name="victim_report")
    op.drop_index("ix_victim_report_created", table_name="victim_report")
    op.drop_index("ix_victim_report_author", table_name="victim_report")
    op.drop_table("victim_report")
    op.drop_index(op.f("ix_signal_match_key_tag"), table_name="signal_match_key")
    op.drop_table("signal_match_key")
    op.drop_index("ix_signal_link_participant", table_name="signal_link")
    op.drop_index("ix_signal_link_b_created", table_name="signal_link")
    op.drop_index("ix_signal_link_b_a", table_name="signal_link")
    op.drop_index("ix_signal_link_a_created", table_name="signal_link")
    op.drop_table("signal_link")
    op.drop_table("signal")
    op.drop_table("sharing_group")
    op.drop_table("shared_case")
    op.drop_index(op.f("ix_revoked_token_expires_at"), table_name="revoked_token")
    op.drop_table("revoked_token")
    op.drop_index(op.f("ix_pdq_band_tag"), table_name="pdq_band")
    op.drop_table("pdq_band")
    op.drop_index(op.f("ix_participant_status"), table_name="participant")
    op.drop_table("participant")
    op.drop_table("match_key")
    op.drop_table("key_check")
    op.drop_index("ix_inbox_at", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index(op.f("ix_guard_entry_guard_list"), table_name="guard_entry")
    op.drop_table("guard_entry")
    op.drop_index(op.f("ix_group_member_participant_id"), table_name="group_member")
    op.drop_table("group_member")
    op.drop_index("ix_feedback_author_finding", table_name="feedback")
    op.drop_index("ix_feedback_author", table_name="feedback")
    op.drop_table("feedback")
    op.drop_index("ix_feed_signal", table_name="feed")
    op.drop_table("feed")
    op.drop_index(op.f("ix_contribution_group_contribution_id"), table_name="contribution_group")
    op.drop_table("contribution_group")
    op.drop_index(
        "uq_contribution_live",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_violation_unsolicited_material_to_minor",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['UNSOLICITED_MATERIAL_TO_MINOR'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_sextortion_sexual",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SEXTORTION_SEXUAL'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_sextortion_financial",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SEXTORTION_FINANCIAL'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_sadistic_online_exploitation",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['SADISTIC_ONLINE_EXPLOITATION'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_online_enticement_grooming",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['ONLINE_ENTICEMENT_GROOMING'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_misleading_domain_or_words",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['MISLEADING_DOMAIN_OR_WORDS'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_financial_facilitation",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['FINANCIAL_FACILITATION'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_csam_solicitation",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CSAM_SOLICITATION'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_csam_possession_distribution",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CSAM_POSSESSION_DISTRIBUTION'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_contact_offence_risk",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CONTACT_OFFENCE_RISK'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_child_sex_trafficking",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CHILD_SEX_TRAFFICKING'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_violation_child_sex_tourism",
        table_name="contribution",
        postgresql_where=sa.text(
            "status IN ('ACTIVE', 'QUARANTINED') AND violations @> ARRAY['CHILD_SEX_TOURISM'::text]"
        ),
    )
    op.drop_index(
        "ix_contribution_updated",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_type_created",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_type",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_severity_medium",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 2"),
    )
    op.drop_index(
        "ix_contribution_severity_low",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 1"),
    )
    op.drop_index(
        "ix_contribution_severity_imminent_harm",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 4"),
    )
    op.drop_index(
        "ix_contribution_severity_high",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND severity >= 3"),
    )
    op.drop_index("ix_contribution_participant", table_name="contribution")
    op.drop_index(
        "ix_contribution_handling_red",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'RED'"),
    )
    op.drop_index(
        "ix_contribution_handling_green",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'GREEN'"),
    )
    op.drop_index(
        "ix_contribution_handling_clear",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'CLEAR'"),
    )
    op.drop_index(
        "ix_contribution_handling_amber_strict",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'AMBER_STRICT'"),
    )
    op.drop_index(
        "ix_contribution_handling_amber",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND handling = 'AMBER'"),
    )
    op.drop_index(
        "ix_contribution_expiry",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_created",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_contributor",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED')"),
    )
    op.drop_index(
        "ix_contribution_confidence_75",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 75"),
    )
    op.drop_index(
        "ix_contribution_confidence_50",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 50"),
    )
    op.drop_index(
        "ix_contribution_confidence_25",
        table_name="contribution",
        postgresql_where=sa.text("status IN ('ACTIVE', 'QUARANTINED') AND confidence >= 25"),
    )
    op.drop_table("contribution")
    op.drop_index("ix_audit_event_participant", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_index(op.f("ix_api_client_participant_id"), table_name="api_client")
    op.drop_table("api_client")
    op.drop_index("ix_access_record_reader", table_name="access_record")
    op.drop_table("access_record")
