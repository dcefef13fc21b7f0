"""The card of a practice that was opened in a notebook: whose numbers, up to when, what to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nmt_analytics.errors import NoDataError
from nmt_analytics.exploring.completing import complete_names
from nmt_analytics.outcomes.disclosure import MINIMUM_CLIENTS
from nmt_analytics.reporting import live
from nmt_analytics.reporting.bundle import Bundle, Definition
from nmt_analytics.reporting.phrases import say
from nmt_analytics.reporting.wording import level_label, moment_in_words

if TYPE_CHECKING:
    from nmt_analytics.questions import Questions

ASKING = 'practice.panel(), practice.outcome("relief_days_median", by="condition")'
NAMES = "practice.metrics, practice.dimensions, practice.claims_list"


def greet(practice: Questions) -> None:
    """Show the card in a notebook, with what draws all later answers; complete names with Tab."""
    if live.shell() is not None:
        complete_names(live.shell(), practice)
    if live.is_live():
        live.equip_and_show(introduce(practice))


def introduce(practice: Questions) -> Bundle:
    """The practice in a few lines."""
    return Bundle(
        kind="note",
        title=practice.settings.name,
        sentence=" ".join(_what_counts(practice)),
        items=(
            Definition(say("notebook.ask"), ASKING),
            Definition(say("notebook.see"), NAMES),
        ),
    )


def _what_counts(practice: Questions) -> list[str]:
    try:
        view = practice.view
    except NoDataError:
        return [say("notebook.nothing_loaded", inbox=practice.settings.inbox)]
    local = practice.settings.local(view.as_of)
    minimum = MINIMUM_CLIENTS[view.audience]
    said = [
        say(
            "notebook.as_of" if practice.is_looking_back else "notebook.loaded",
            moment=moment_in_words(local),
            audience=say(f"notebook.{view.audience}", n=minimum),
        )
    ]
    if view.only[1]:
        said.append(say("notebook.only", level=level_label(*view.only)))
    return said


def card_mime(practice: Questions) -> dict[str, Any]:
    """The card as what a notebook displays."""
    return live.shown(introduce(practice))
