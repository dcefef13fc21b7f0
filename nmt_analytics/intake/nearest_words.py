"""What an unknown word probably meant: the column's own word that is nearest to it.

Only our words are suggested and kept; what stood in the file goes no further.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np

from nmt_analytics.intake.wordlists import answer_kind, answers_of
from nmt_analytics.schema import Column, Table
from nmt_analytics.store.database import Connection
from nmt_analytics.store.exchange import make_table

UNKNOWN_WORD = "conformance.word"
_MOST_TEXTS = 200
"""So many different words in one column are names or notes: there is nothing to suggest."""
_NEAR = 0.6


def nearest_word(column: Column, text: str, words: Sequence[str]) -> str | None:
    """Which of the column's `words` a text means or is written most alike; None when none is."""
    folded = "_".join(text.casefold().split())
    meant = answers_of(answer_kind(column.name), [text])[text]
    if meant in words:
        return meant
    return next(iter(get_close_matches(folded, words, n=1, cutoff=_NEAR)), None)


def suggest_words(connection: Connection, of: Table, names: Iterable[str], judged: str) -> None:
    """Write the nearest word beside each fault of an unknown word in the columns `names`.

    `judged` is the table of broken rows, with line and <name>_text.
    """
    conditions = [word for (word,) in connection.execute("from known_conditions").fetchall()]
    for name in names:
        column = of.column(name)
        words = conditions if column.extendable else column.words
        unknown = f"faults.column_name = '{name}' and faults.rule = '{UNKNOWN_WORD}'"
        texts = connection.execute(
            f"select distinct {name}_text from {judged} semi join faults "
            f"on faults.line = {judged}.line and {unknown} limit {_MOST_TEXTS + 1}"
        ).fetchall()
        near = {text: nearest_word(column, text, words) for (text,) in texts}
        found = {text: word for text, word in near.items() if word}
        if not found or len(texts) > _MOST_TEXTS:
            continue
        pairs = {"text": np.array([*found], object), "word": np.array([*found.values()], object)}
        make_table(connection, "pairs", pairs)
        connection.execute(
            f"""
            update faults set nearest = pairs.word
            from {judged} join pairs on pairs.text = {judged}.{name}_text
            where faults.line = {judged}.line and {unknown}
            """
        )
