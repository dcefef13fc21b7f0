"""Commands about the system's own scheduler: show, install, remove."""

import typer

from nmt_analytics.commands.options import AtOption, Folder, SystemOption, settings_of

schedule_app = typer.Typer(
    help="Let the system's own scheduler call `run` every day.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@schedule_app.command()
def show(at: AtOption = "06:30", system: SystemOption = None, folder: Folder = None) -> None:
    """Print exactly what would be installed; change nothing.

    Example: nmt-analytics schedule show --at 06:30
    """
    from nmt_analytics.schedule import installing

    plan = installing.plan_installation(settings_of(folder), at, system)
    print("\n".join(plan.lines()))
    is_there = installing.is_installed(plan)
    print("This is what is installed." if is_there else "This is not installed, or not like this.")


@schedule_app.command()
def install(at: AtOption = "06:30", system: SystemOption = None, folder: Folder = None) -> None:
    """Install the daily run, or replace the one that is installed.

    Example: nmt-analytics schedule install --at 06:30
    """
    from nmt_analytics.schedule import installing

    settings = settings_of(folder)
    plan = installing.plan_installation(settings, at, system)
    installing.install(settings, plan)
    print(
        f"Installed with {plan.system}: every day at {at}. {plan.remark} "
        "nmt-analytics status says what it did."
    )


@schedule_app.command()
def remove(system: SystemOption = None, folder: Folder = None) -> None:
    """Remove the daily run of this practice.

    Example: nmt-analytics schedule remove
    """
    from nmt_analytics.schedule import installing

    plan = installing.plan_installation(settings_of(folder), system=system)
    installing.remove(plan)
    print(f"Removed from {plan.system}.")
