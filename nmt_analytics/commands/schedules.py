"""Commands about the system's own scheduler: show, install, remove."""

import typer

from nmt_analytics.commands.options import AtOption, Folder, SystemOption, settings_of
from nmt_analytics.commands.printing import tell

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

    settings = settings_of(folder)
    plan = installing.plan_installation(settings, at, system)
    tell("\n".join(plan.lines()))
    others = [each.system for each in installing.installed(settings)]
    if installing.is_installed(plan):
        tell("This is what is installed.")
    elif others:
        tell(
            f"Installed in {' and '.join(others)}, but not like this. To put this in its place: "
            "nmt-analytics schedule install, with the same --at"
        )
    else:
        tell("This is not installed. To install it: nmt-analytics schedule install")


@schedule_app.command()
def install(at: AtOption = "06:30", system: SystemOption = None, folder: Folder = None) -> None:
    """Install the daily run, or replace the one that is installed.

    Example: nmt-analytics schedule install --at 06:30
    """
    from nmt_analytics.schedule import installing

    settings = settings_of(folder)
    plan = installing.plan_installation(settings, at, system)
    installing.install(settings, plan)
    for other in installing.installed(settings):
        if other.system != plan.system:  # two schedulers would only get in each other's way
            installing.remove(other)
            tell(f"Removed from {other.system}.")
    tell(
        f"Installed in {plan.system}: every day at {at}. {plan.remark} "
        "nmt-analytics status says what it did."
    )
    if settings.mail.user:
        tell(
            "Mails need their password where the scheduler finds it: in the keyring or in its own "
            "environment. It does not see what is set in this window alone."
        )


@schedule_app.command()
def remove(system: SystemOption = None, folder: Folder = None) -> None:
    """Remove the daily run of this practice.

    Example: nmt-analytics schedule remove
    """
    from nmt_analytics.schedule import installing

    settings = settings_of(folder)
    if system:
        installing.plan_installation(settings, system=system)  # refuses a name that is not known
    found = [each for each in installing.installed(settings) if system in (None, each.system)]
    for each in found:
        installing.remove(each)
        tell(f"Removed from {each.system}.")
    if not found:
        tell(f"Nothing to remove: no scheduler here runs {settings.folder}.")
