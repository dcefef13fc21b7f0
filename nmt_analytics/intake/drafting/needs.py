"""What a mapping cannot do without: who, when, and of a check-in something that was answered."""

from collections.abc import Sequence

from nmt_analytics.errors import UsageError
from nmt_analytics.intake.drafting.guessing import Guess
from nmt_analytics.intake.validation import ANSWERS
from nmt_analytics.schema import FOLLOW_UPS, Table


def refuse_unless_whole(file_name: str, of: Table, guesses: Sequence[Guess]) -> None:
    """Raise UsageError when the chosen columns leave out what a row of the table needs."""
    there = {guess.column.name for guess in guesses if guess.theirs}
    meanings = {column.name: column.meaning for column in of.file_columns}
    needed: list[tuple[str, ...]] = [(each.name,) for each in of.file_columns if each.required]
    if of is FOLLOW_UPS:
        needed += [("client_id", "session_id"), ("answered_at", "asked_at"), ANSWERS]
    missing = [names for names in needed if not there.intersection(names)]
    if missing:
        listed = "; ".join(
            " or ".join(f"{name} ({meanings[name].replace('pseudonym of ', '')})" for name in names)
            for names in missing
        )
        raise UsageError(
            f"{file_name}: no column was found for {listed}. Without it a row of {of.name} says "
            "nothing. Answer the questions on a terminal (without --accept-guesses), say --into "
            "with another table, or export the file with such a column."
        )
