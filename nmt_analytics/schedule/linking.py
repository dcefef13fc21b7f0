"""What was stored but has found no session so far, said after every load.

The usual cause is that two programs name the same client differently, and no number shows that.
"""

from nmt_analytics.outcomes.fates import unlinked
from nmt_analytics.practice import Practice
from nmt_analytics.settings import Settings


def say_unlinked(settings: Settings) -> list[str]:
    """Notes and check-ins that belong to no session so far, in lines; none when all do."""
    found = unlinked(Practice(settings).view)
    lines = []
    if found.n_check_ins_unlinked:
        lines.append(
            f"{found.n_check_ins_unlinked:,} of {found.n_check_ins:,} check-ins have found no "
            "session so far. They are kept and join it once it is loaded. If they are many, see "
            "that both files name clients in the same way, such as by e-mail address."
        )
    if found.n_answers_before_session:
        lines.append(
            f"{found.n_answers_before_session:,} of {found.n_check_ins:,} check-ins were answered "
            "before the session that they name was over and are not used. Correct session or time."
        )
    if found.n_notes_unlinked:
        lines.append(
            f"{found.n_notes_unlinked:,} of {found.n_notes:,} notes have found no session of their "
            "client on that day so far. They are kept and join it once it is loaded."
        )
    if found.n_notes_between_sessions:
        lines.append(
            f"{found.n_notes_between_sessions:,} of {found.n_notes:,} notes are as near to one "
            "session of that day as to another and are not used. Correct their time."
        )
    return lines
