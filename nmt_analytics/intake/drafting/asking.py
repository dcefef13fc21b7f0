"""The owner is asked, once, on a terminal: which column of the file is which of ours.

Shows headers, counts and shapes; never a value out of a row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nmt_analytics.intake.drafting.completing import Looked
from nmt_analytics.intake.drafting.guessing import Guess, could_be
from nmt_analytics.schema import Column

NONE = "-"
_ROWS = {
    "follow_ups": "a check-in: how the client was some time after a session",
    "session_notes": "notes about a session, apart from the booking",
    "sessions": "a session as it was booked or held",
}


@dataclass(frozen=True)
class Owner:
    """Who owns the file: answers questions (`ask`) and is told things (`say`)."""

    ask: Callable[[str], str]
    say: Callable[[str], None]

    def table(self, guess: str) -> str:
        """Which of our tables one row of the file belongs to."""
        names = list(_ROWS)
        self.say("One row of this file is")
        for number, name in enumerate(names, start=1):
            self.say(f"  {number}  {_ROWS[name]}")
        answer = self.ask(f"Which? [{names.index(guess) + 1}] ").strip()
        while answer not in ("", "1", "2", "3"):
            answer = self.ask("Write 1, 2 or 3: ").strip()
        return names[int(answer) - 1] if answer else guess

    def columns(self, guesses: list[Guess], looked: Looked) -> list[Guess]:
        """The guesses confirmed or changed; what the tool is known to write stands."""
        headers = list(looked.summaries)
        self.say("The columns of this file:")
        for number, header in enumerate(headers, start=1):
            self.say(f"  {number:>2}  {header}  ({looked.summaries[header].sentence()})")
        self.say("For each of ours: Enter takes the guess, a number another column, - none.")
        self.say("Several numbers (as 1 2) belong together: date and time, first and last name.")
        return [
            guess if guess.is_known else self._column(guess, headers, looked) for guess in guesses
        ]

    def _column(self, guess: Guess, headers: list[str], looked: Looked) -> Guess:
        column = guess.column
        guessed = " ".join(str(headers.index(each) + 1) for each in guess.theirs) or NONE
        meaning = column.meaning.replace("pseudonym of", "the address or number of")
        question = f"{column.name}: {meaning}. [{guessed}] "
        while True:
            chosen = _chosen(self.ask(question).strip() or guessed, headers)
            if chosen is None:
                self.say(f"Write a number from 1 to {len(headers)}, several, or - for none.")
            elif len(chosen) == 1 and not could_be(column, looked.summaries[chosen[0]]):
                summary = looked.summaries[chosen[0]].sentence()
                self.say(f'"{chosen[0]}" cannot be that: {summary}. Another, or - for none.')
            else:
                return replace(guess, theirs=chosen)

    def codes(self, column: Column, codes: Sequence[str]) -> dict[str, str]:
        """What each code number of a column stands for, in our words; - leaves one out."""
        words = ("yes", "no") if column.type == "BOOLEAN" else column.words
        found = {}
        for code in codes:
            question = f"{column.name}: what does {code} stand for? {', '.join(words)} or {NONE}: "
            answer = self.ask(question).strip().casefold()
            while answer not in (*words, NONE):
                again = f"Write one of {', '.join(words)}, or {NONE}: "
                answer = self.ask(again).strip().casefold()
            if answer != NONE:
                found[code] = answer
        return found

    def date_order(self, where: str) -> str:
        """Whether dates have the day or the month first, as their owner knows."""
        self.say(f"{where}.")
        while True:
            answer = self.ask("Is the day first (31.12.) or the month (12/31)? Write d or m: ")
            first = answer.strip().casefold()[:1]
            if first in ("d", "m"):
                return "day_first" if first == "d" else "month_first"


def _chosen(answer: str, headers: list[str]) -> tuple[str, ...] | None:
    """The headers that the answer's numbers name; None when it names none there is."""
    if answer == NONE:
        return ()
    numbers = answer.replace(",", " ").split()
    if not numbers or not all(each.isdecimal() for each in numbers):
        return None
    positions = [int(each) for each in numbers]
    if not all(1 <= each <= len(headers) for each in positions):
        return None
    return tuple(headers[each - 1] for each in positions)
