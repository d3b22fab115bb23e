"""People who sign in.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.migrations.walls import people
from app.migrations.walls.authenticating import CLIENT_BY_ID as CLIENT_BY_ID_BEFORE
from app.migrations.walls.looking import LOOKING
from app.migrations.walls.rekeying import SEALED as SEALED_BEFORE
from app.migrations.walls.rekeying import sealed_owner
from app.migrations.walls.standing import STANDING as STANDING_BEFORE

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    op.add_column("api_client", sa.Column("redirect_uris", TEXTS, server_default="{}", nullable=False))
    for table in ("audit_event", "access_record"):
        op.add_column(table, sa.Column("person_id", sa.Uuid(), nullable=True))
    _add_people()
    _add_sign_ins()
    op.execute(people.TELLING_THE_DESK)
    for statement in people.enclosed():
        op.execute(statement)
    op.execute("DROP FUNCTION client_by_id")
    for statement in (
        people.VIEWER_STANDING,
        people.ACTOR_OF,
        people.AUTHOR,
        people.PARTICIPANT_AT_DESK,
        people.CLIENT_BY_ID,
        sealed_owner(people.SEALED),
    ):
        op.execute(statement)
    _grant("at_the_desk", "viewer_author", "participant_at_desk", "client_by_id")
    _keep_calls(people.OF_AUTHOR)


def downgrade() -> None:
    _keep_calls(people.OF_CLIENT)
    op.execute("DROP FUNCTION viewer_author, participant_at_desk, client_by_id")
    op.execute(CLIENT_BY_ID_BEFORE)
    _grant("client_by_id")
    op.execute(_of_before("actor_of").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(sealed_owner(SEALED_BEFORE))
    op.execute(STANDING_BEFORE.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
    for table in ("refresh_token", "sign_in", "consent", "web_session", "person_secret", "person"):
        op.drop_table(table)
    op.execute("DROP FUNCTION at_the_desk")
    for table in ("access_record", "audit_event"):
        op.drop_column(table, "person_id")
    op.drop_column("api_client", "redirect_uris")


def _add_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_email", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=False),
        sa.Column("roles", TEXTS, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("password_set_at", MOMENT, nullable=True),
        sa.Column("link_digest", sa.LargeBinary(), nullable=True),
        sa.Column("link_expires_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email_digest", name=op.f("uq_person_email_digest")),
        sa.UniqueConstraint("link_digest", name=op.f("uq_person_link_digest")),
    )
    op.create_index(op.f("ix_person_participant_id"), "person", ["participant_id"], unique=False)
    op.create_table(
        "person_secret",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_secret")),
    )
    op.create_table(
        "web_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_session")),
    )
    op.create_index(op.f("ix_web_session_began_at"), "web_session", ["began_at"], unique=False)
    op.create_table(
        "consent",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "client_id", name=op.f("pk_consent")),
    )


def _add_sign_ins() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("session_digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("code_spent_at", MOMENT, nullable=True),
        sa.Column("refreshed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_sign_in_code_digest")),
    )
    op.create_index(op.f("ix_sign_in_session_digest"), "sign_in", ["session_digest"], unique=False)
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.Column("follower", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    op.create_index(op.f("ix_refresh_token_sign_in_id"), "refresh_token", ["sign_in_id"], unique=False)


def _grant(*functions: str) -> None:
    op.execute(f"REVOKE ALL ON FUNCTION {', '.join(functions)} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(functions)} TO lantern_app")


def _keep_calls(by: str) -> None:
    op.execute(f"ALTER POLICY seen ON idempotency USING ({by})")
    op.execute(f"ALTER POLICY added ON idempotency WITH CHECK ({by})")
    op.execute(f"ALTER POLICY changed ON idempotency USING ({by}) WITH CHECK ({by})")


def _of_before(function: str) -> str:
    (before,) = (part for part in LOOKING.split("$$;") if f"CREATE FUNCTION {function}(" in part)
    return f"{before}$$;"
