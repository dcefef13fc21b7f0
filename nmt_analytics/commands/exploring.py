"""Commands about asking one's own questions: lab, new-report."""

from typing import Annotated

import typer

from nmt_analytics.commands.options import Folder, settings_of
from nmt_analytics.commands.printing import say, tell


def lab(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address; open nothing.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", help="Default: the first free one from 8888 on.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Open JupyterLab at the notebook to explore with.

    Example: nmt-analytics lab
    """
    from nmt_analytics.exploring import jupyter

    launch = jupyter.plan_launch(settings_of(folder), port=port, open_browser=not no_browser)
    tell(f"JupyterLab is at {launch.address}")
    say("Stop it with Ctrl-C here.")
    jupyter.start(launch)


def new_report(
    name: Annotated[str, typer.Argument(help="Its name and title: small letters, digits and _.")],
    every: Annotated[
        str, typer.Option("--every", help="week, month, quarter or year.")
    ] = "quarter",
    folder: Folder = None,
) -> None:
    """Make a report of your own: a notebook and its entry.

    Example: nmt-analytics new-report stress_review
    """
    from nmt_analytics.exploring import own_reports

    for line in own_reports.new_report(settings_of(folder), name, every):
        tell(line)
