"""Commands that make a practice: init the folder of a real one, simulate an invented one."""

from pathlib import Path
from typing import Annotated

import typer

from nmt_analytics.commands.printing import tell
from nmt_analytics.errors import UsageError


def init(
    folder: Annotated[Path, typer.Argument(help="The new practice's folder.")],
    name: Annotated[str | None, typer.Option(help="The practice's name.")] = None,
    timezone: Annotated[str, typer.Option(help="Its time zone, as Europe/Berlin.")] = "",
    example: Annotated[
        bool, typer.Option("--example", help="With the invented example practice to try out.")
    ] = False,
) -> None:
    """Make a new practice's folder: settings, inbox, key.

    Example: nmt-analytics init my-practice --name "Riverbend" --timezone America/New_York
    """
    from nmt_analytics.founding import found_practice

    for line in found_practice(folder, name=name, time_zone=timezone, with_example=example):
        tell(line)


def simulate(
    folder: Annotated[Path, typer.Argument(help="Where sessions.csv and others are written.")],
    sessions: Annotated[int, typer.Option("--sessions", min=1, help="How many sessions.")] = 3000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same files.")] = 1,
) -> None:
    """Invent a practice with a known truth and write its files.

    Example: nmt-analytics simulate demo --sessions 3000 --seed 1
    """
    from nmt_analytics import simulation

    try:
        simulation.write(simulation.simulate(sessions, seed), folder)
    except MemoryError:
        raise UsageError(
            f"{sessions:,} sessions do not fit into this computer's memory. Ask for fewer."
        ) from None
    except OSError as fault:
        raise UsageError(
            f"{folder} could not be written ({fault.strerror}). Name another folder."
        ) from None
    tell(f"Wrote sessions.csv, follow_ups.csv and truth.json to {folder}")
