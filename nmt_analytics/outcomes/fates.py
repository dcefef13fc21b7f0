"""What became of all records that were loaded: stored, refused, or without a session so far.

Imports no statistics, so that `nmt-analytics status` answers at once.
"""

from nmt_analytics.outcomes.answers import Fates, Records, Unlinked
from nmt_analytics.outcomes.disclosure import coarse_count
from nmt_analytics.outcomes.view import View, prepare_outcomes
from nmt_analytics.periods import ALL


def records(view: View) -> Records:
    """How many records were read and stored, and why some were refused."""
    return view.store.remember(("records", *view.key), lambda: _records(view))


def _records(view: View) -> Records:
    loaded_by = {"loaded_by": view.loaded_by}
    imported = view.store.query("imports_counted", loaded_by)
    refused = view.store.query("refusals_by_rule", loaded_by)
    return Records(
        **{
            name: coarse_count(int(imported[name][0]), view.audience)
            for name in ("n_read", "n_stored", "n_skipped")
        },
        refused=tuple(
            (str(rule), coarse_count(int(count), view.audience))
            for rule, count in zip(refused["rule"], refused["n_records"], strict=True)
        ),
    )


def fates(view: View) -> Fates:
    """What became of all records, up to whether notes and check-ins have found their session."""
    return Fates(**vars(records(view)), unlinked=unlinked(view))


def unlinked(view: View) -> Unlinked:
    """How many notes and check-ins are stored, and how many have found no session so far."""
    return view.store.remember(("unlinked", *view.key), lambda: _unlinked(view))


def _unlinked(view: View) -> Unlinked:
    with view.store.one_moment():
        prepare_outcomes(view, ALL)
        moment = {"as_of": view.as_of, "loaded_by": view.loaded_by}
        found = view.store.query("unlinked_counts", moment)
    return Unlinked(
        **{name: coarse_count(int(values[0]), view.audience) for name, values in found.items()}
    )
