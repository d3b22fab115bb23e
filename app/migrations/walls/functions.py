"""All functions beyond row-level security, and which role may call which."""

from app.migrations.walls.acting import ACTING
from app.migrations.walls.looking import LOOKING

DEFINERS = LOOKING + ACTING

# Who may call what: of these functions, and of those that tell who is looking.
FOR_SERVING = (
    "viewer_id", "viewer_client", "viewer_groups", "viewer_moment", "viewer_sees_others", "viewer_is_operator",
    "still_sees", "my_cases", "actor_of", "client_by_id", "hold_viewer", "feed_head", "claim_signals",
    "erase_unheld_signals", "end_links", "expire_lapsed_at", "set_signal_hidden", "set_participant_hidden",
    "release_contributions", "set_contributions_hidden", "retract_all_of", "feedback_tally", "feedback_about_me",
)  # fmt: skip
FOR_WORKER = ("expire_lapsed",)
