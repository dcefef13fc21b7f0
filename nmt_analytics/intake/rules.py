"""RULES: every reason for which a record is refused, with how to mend it.

Named in the words of Kahn et al. 2016: conformance (is it written as it should be), completeness
(is it there), plausibility (can it be true). `record.*`: the record itself is broken.
"""

from dataclasses import dataclass

from nmt_analytics.schema import FACTS
from nmt_analytics.vocabulary import CONDITIONS, LEVELS


@dataclass(frozen=True)
class Rule:
    """One reason to refuse a record: its name, what is wrong, and what the owner can do."""

    name: str
    fault: str
    mend: str


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            "record.too_many_cells",
            "more cells than there are columns",
            "Put the value with the extra comma into quotation marks.",
        ),
        Rule(
            "record.too_few_cells",
            "fewer cells than there are columns",
            "Add the missing cells, if only as commas.",
        ),
        Rule(
            "record.unclosed_quote",
            "a quotation mark is opened and never closed",
            'Close it, or write a quotation mark inside a value as "".',
        ),
        Rule(
            "record.stray_quote",
            "a quotation mark stands inside a value",
            'Put the value into quotation marks and write the inner one as "".',
        ),
        Rule(
            "conformance.time",
            "not a date and time",
            "Write YYYY-MM-DD HH:MM, or name the file's format in its mapping.",
        ),
        Rule(
            "conformance.time_skipped",
            "a time that does not exist: the clocks were put forward",
            "Correct the time.",
        ),
        Rule("conformance.whole_number", "not a whole number", "Write a whole number such as 7."),
        Rule(
            "conformance.range",
            "outside the range of this column",
            "Scores run from 0 to 10; seconds of pressure from 1 to 600.",
        ),
        Rule(
            "conformance.word",
            "not one of the known words",
            f"Write one of the column's words, such as {', '.join(LEVELS)} for levels or "
            f"{', '.join(CONDITIONS[:2])} for conditions; name other conditions in practice.toml, "
            "or translate the file's words in its mapping.",
        ),
        Rule("conformance.yes_no", "neither yes nor no", "Write yes or no."),
        Rule(
            "conformance.short_words",
            "not a few short words",
            "Up to 40 letters, digits, blanks or - _ / only; notes do not belong here.",
        ),
        Rule("completeness.required", "empty, but needed", "Fill it in."),
        Rule(
            "completeness.client_or_session",
            "neither client nor session is named",
            "Fill in client_id or session_id.",
        ),
        Rule(
            "completeness.asked_or_answered",
            "neither asked_at nor answered_at is given",
            "Fill in when the client was asked or answered.",
        ),
        Rule(
            "completeness.answered_at",
            "there is an answer, but not when it was given",
            "Fill in answered_at.",
        ),
        Rule(
            "plausibility.year",
            "before 1990",
            "Correct the year.",
        ),
        Rule(
            "plausibility.future",
            "later than tomorrow",
            "Correct the date, or load the file again after that day.",
        ),
        Rule(
            "plausibility.ended_before_started",
            "the session ends before it starts",
            "Correct started_at or ended_at.",
        ),
        Rule(
            "plausibility.session_length",
            "the session takes more than 24 hours",
            "Correct started_at or ended_at.",
        ),
        Rule(
            "plausibility.answered_before_asked",
            "answered before it was asked",
            "Correct asked_at or answered_at.",
        ),
        Rule(
            "plausibility.key_twice",
            "the same id stands twice in this file, with different content",
            "Keep the right one and delete the other.",
        ),
    )
}


def mend(rule: str, column_name: str, nearest: str = "") -> str:
    """What the owner can do about a rule broken in one column, with the words that it may hold.

    `nearest` is the one of them that was probably meant.
    """
    words = {column.name: column for of in FACTS for column in of.file_columns}
    column = words.get(column_name.rpartition(".")[2])
    if rule != "conformance.word" or column is None:
        return RULES[rule].mend
    more = "; name others in practice.toml" if column.extendable else ""
    meant = f'Did you mean "{nearest}"? ' if nearest else ""
    return (
        f"{meant}Write one of {', '.join(column.words)}{more}, or translate the file's words in "
        "its mapping."
    )
