"""The ledger of promises: each with its verdict, its numbers, and what would settle it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from nmt_analytics.outcomes.disclosure import FULL_CLIENTS, NOBODY
from nmt_analytics.outcomes.driving import TOO_FEW
from nmt_analytics.outcomes.verdicts import (
    CANNOT_TELL,
    NOT_SUPPORTED,
    NOT_TESTABLE,
    SUPPORTED,
    ClaimRow,
    ClaimsTable,
)
from nmt_analytics.reporting.answers.evidence import count_result, ratio_result, result_of
from nmt_analytics.reporting.bundle import Bundle, Claim, Result
from nmt_analytics.reporting.findings import say_row
from nmt_analytics.reporting.phrases import forms, reason_in_words, say
from nmt_analytics.reporting.ratio_words import ratio_in_words
from nmt_analytics.reporting.wording import (
    count_or_none,
    first_upper,
    period_in_words,
)
from nmt_analytics.vocabulary import label

VERDICTS: dict[str, str] = {
    SUPPORTED: "supported",
    NOT_SUPPORTED: "not supported",
    CANNOT_TELL: "data cannot tell",
    NOT_TESTABLE: "not testable",
}
IN_FULL = {
    "soreness_gone": "#soreness-curve",
    "relief_lasts": "#relief-curve",
    "pressure_held": "#pressure-felt-right-and-others",
    "varies_with_stress": "#drivers",
    "varies_with_activity": "#drivers",
    "varies_with_severity": "#drivers",
    "pressure_adjusted": "#pressure-felt-right-and-others",
    "good_pain": "#pain",
    "relieves_condition": "#pain-responders-by-condition",
}
"""Where on the page a promise's numbers are shown in full."""


def present_claims(table: ClaimsTable) -> Bundle:
    """Every promise with its verdict; conditions with the same verdict stand in one line."""
    groups = _groups(table.rows)
    counts = _counts(groups)
    return Bundle(
        kind="ledger",
        title=_title(counts),
        caption=say("promise.caption", period=first_upper(period_in_words(table.period))),
        anchor="promises",
        items=tuple(_said_once(_items(groups, table))),
        results=(*_results(table), *_count_results(counts, table)),
    )


def _groups(rows: Sequence[ClaimRow]) -> list[list[ClaimRow]]:
    """Rows of one promise with one verdict together; so are those that no data can test."""
    groups: dict[tuple[str, str], list[ClaimRow]] = {}
    for row in rows:
        claim = "" if row.verdict == NOT_TESTABLE else row.claim
        groups.setdefault((claim, row.verdict), []).append(row)
    return list(groups.values())


def _counts(groups: Sequence[Sequence[ClaimRow]]) -> dict[str, int]:
    """How many promises have each verdict; one with several counts as what data cannot tell."""
    verdicts: dict[str, set[str]] = {}
    for group in groups:
        for row in group:
            verdicts.setdefault(row.claim, set()).add(row.verdict)
    settled = [found.pop() if len(found) == 1 else CANNOT_TELL for found in verdicts.values()]
    return {name: settled.count(name) for name in VERDICTS}


def _title(counts: dict[str, int]) -> str:
    return say(
        "promise.title",
        total=sum(counts.values()),
        hold=_count_of("hold", counts[SUPPORTED]),
        fail=_count_of("fail", counts[NOT_SUPPORTED]),
        cannot_tell=count_or_none(counts[CANNOT_TELL]),
        not_testable=count_or_none(counts[NOT_TESTABLE]),
    )


def _count_of(verb: str, n: int) -> str:
    """`1 holds`, `6 hold`, `none hold`."""
    one, many = forms(f"promise.{verb}")
    return str(one if n == 1 else many).format(n=count_or_none(n))


def _items(groups: Sequence[Sequence[ClaimRow]], table: ClaimsTable) -> Iterator[tuple[str, Claim]]:
    """One item for each group, with the promise that it goes on to judge; "" when it is named.

    A promise with several verdicts is named at the first, which the others stand below.
    """
    named: set[str] = set()
    for group in groups:
        claim = group[0].claim
        yield (claim if claim in named else ""), _item(group, table, claim not in named)
        named.add(claim)


def _said_once(items: Iterable[tuple[str, Claim]]) -> list[Claim]:
    """Promises without any number for one and the same reason stand in one line."""
    said: dict[tuple[str, ...], Claim] = {}
    for place, (goes_on_with, item) in enumerate(items):
        is_bare = item.verdict == VERDICTS[CANNOT_TELL] and not item.value
        key = (item.reason, item.settle) if is_bare and not goes_on_with else (str(place),)
        before = said.get(key)
        promises = f"{before.promise}\n{item.promise}" if before else ""
        said[key] = replace(before, promise=promises, href="") if before else item
    return list(said.values())


def _item(group: Sequence[ClaimRow], table: ClaimsTable, is_first: bool) -> Claim:
    first = group[0]
    if first.verdict == NOT_TESTABLE:
        promise = "\n".join(row.promise for row in group)
        return Claim(promise, VERDICTS[first.verdict], reason=_sentence(first.reason))
    if _lacks_clients(group) and len(group) == sum(row.claim == first.claim for row in table.rows):
        few, settle = say("promise.too_few"), say("promise.settle_few", n=FULL_CLIENTS)
        return Claim(first.promise, VERDICTS[first.verdict], reason=few, settle=settle)
    return Claim(
        promise=_promise(group) if is_first else first_upper(", ".join(_levels(group))),
        verdict=VERDICTS[first.verdict],
        value=_values(group),
        reason=_reasons(group),
        settle=_settle(group),
        href=IN_FULL.get(first.claim, ""),
    )


def _promise(group: Sequence[ClaimRow]) -> str:
    """A promise, of one made for each condition with the conditions of this verdict."""
    first = group[0]
    if not first.level:
        return first.promise
    return say("outcome.alt_cell", level=first.promise, value=", ".join(_levels(group)))


def _levels(group: Sequence[ClaimRow]) -> list[str]:
    return [label(row.level) for row in group]


def _lacks_clients(group: Sequence[ClaimRow]) -> bool:
    """Whether too few clients stand behind every number of these rows to show any."""
    reasons = {row.reason for row in group}
    numbers = [number for row in group for _, number in row.rows]
    some_came = any(number.hidden and number.hidden != NOBODY for number in numbers)
    return reasons == {TOO_FEW} or (some_came and all(number.hidden for number in numbers))


def _values(group: Sequence[ClaimRow]) -> str:
    """One line of numbers for the promise, or for each condition that it is judged for."""
    values = filter(None, map(_value, group))
    return "\n".join(f"{first_upper(value)}." for value in values)


def _value(row: ClaimRow) -> str:
    """The numbers behind a verdict in words; for a condition, its name before them."""
    if row.ratio is not None:
        return ratio_in_words(row.ratio)
    if row.level and row.verdict == CANNOT_TELL:
        return ""
    shown = [each for each in row.rows if not each[1].is_hidden]
    text = ". ".join(say_row(number, metric) for metric, number in shown)
    return say("outcome.alt_cell", level=label(row.level), value=text) if row.level else text


def _reasons(group: Sequence[ClaimRow]) -> str:
    """Why the verdict is what it is; conditions that differ in it are not told apart."""
    reasons = dict.fromkeys(row.reason for row in group)
    if len(reasons) == 1:
        return _sentence(group[0].reason)
    return say("promise.several_reasons")


def _settle(group: Sequence[ClaimRow]) -> str:
    settling = dict.fromkeys(row.settle for row in group if row.settle)
    if len(group) > 1:
        return say("promise.more_answers") if settling else ""
    return "".join(_how_to_settle(what) for what in settling)


def _how_to_settle(what: str) -> str:
    if reason_in_words(what) != what:
        return _sentence(what)
    return say("promise.settle", what=what)


def _sentence(reason: str) -> str:
    return f"{first_upper(reason_in_words(reason)).removesuffix('.')}."


def _results(table: ClaimsTable) -> list[Result]:
    found: list[Result] = []
    for claim in table.rows:
        levels = {"promise": claim.claim, "verdict": VERDICTS[claim.verdict]}
        if claim.level:
            levels["condition"] = claim.level
        found += [result_of(row, metric, levels) for metric, row in claim.rows]
        if claim.ratio is not None:
            found.append(ratio_result(claim.ratio, table.period.name, levels))
        found += _settling(claim, table.period.name, levels)
    return found


def _settling(claim: ClaimRow, period: str, levels: dict[str, str]) -> list[Result]:
    """How many more clients would settle an open promise, where that is a number."""
    needed = re.search(r"\d[\d,]*(?= more answering clients)", claim.settle)
    if needed is None:
        return []
    n = float(needed[0].replace(",", ""))
    return [
        Result(
            "answering clients that would settle it",
            "clients",
            period,
            n,
            levels=levels,
            shown=claim.settle,
        )
    ]


def _count_results(counts: dict[str, int], table: ClaimsTable) -> list[Result]:
    every = {"all": sum(counts.values())} | {VERDICTS[name]: n for name, n in counts.items()}
    return [
        count_result("promises", "promises", table.period.name, n, {"verdict": verdict})
        for verdict, n in every.items()
    ]
