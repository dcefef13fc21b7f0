"""Starts JupyterLab in a practice's folder: this Python, this machine alone, no news.

Whatever a user's own Jupyter settings say, it listens on loopback and asks for its token.
"""

import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from nmt_analytics.errors import UsageError
from nmt_analytics.founding import packaged
from nmt_analytics.settings import Settings

NOTEBOOK = "explore.ipynb"
LOOPBACK = "127.0.0.1"
USUAL_PORT, FIRST_PORT, LAST_PORT = 8888, 1024, 65535

_PAGE = {
    "disabledExtensions": {
        # These two ask other hosts: for news of Jupyter, and for extensions to install.
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
    }
}
_DEFAULTS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    # Who runs cells before the kernel is there is told so, and not asked which one to take.
    "@jupyterlab/notebook-extension:tracker": {
        "autoStartDefaultKernel": True,
        "enableKernelInitNotification": True,
    },
}
_KERNEL = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Python 3 (nmt-analytics)",
    "language": "python",
    "metadata": {"supported_encryption": "curve"},
}


@dataclass(frozen=True)
class Launch:
    """How JupyterLab will be started, and the address it will have, token and all."""

    address: str
    arguments: list[str]


def plan_launch(
    settings: Settings, *, port: int | None = None, open_browser: bool = True
) -> Launch:
    """JupyterLab in the practice's folder at explore.ipynb, which it gets where it has none.

    Without `port` the first free one from 8888 on. Raises UsageError when the port is taken.
    """
    chosen = _first_free() if port is None else _checked(port)
    page = f"/lab/tree/{quote(_explore_notebook(settings).relative_to(settings.folder).as_posix())}"
    token = secrets.token_hex(24)
    return Launch(
        f"http://{LOOPBACK}:{chosen}{page}?token={token}",
        [
            f"--ServerApp.root_dir={settings.folder}",
            f"--LabApp.default_url={page}",
            f"--ServerApp.ip={LOOPBACK}",
            f"--ServerApp.port={chosen}",
            "--ServerApp.port_retries=0",
            "--ServerApp.allow_remote_access=False",
            "--ServerApp.allow_origin=",
            "--ServerApp.allow_root=True",  # a container's only user; the same may come in
            f"--IdentityProvider.token={token}",
            f"--ServerApp.open_browser={open_browser}",
            "--ServerApp.answer_yes=True",  # Ctrl-C stops it, as we say, without a question
            "--Application.log_level=ERROR",  # warnings here are for whoever runs servers
            "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--MappingKernelManager.default_kernel_name=python3",
            # Nobody else who works on this machine can listen to what cells show.
            "--KernelManager.transport_encryption=auto",
            "--ContentsManager.hide_globs=['__pycache__', '*.pyc', '*.key', '.*']",
        ],
    )


def start(launch: Launch) -> None:
    """Serve JupyterLab in this process until it is stopped.

    In this process, so that the token does not stand in the machine's list of processes.
    """
    from jupyterlab.labapp import LabApp  # noqa: PLC0415 - a second that only this command needs

    with _jupyter_settings() as folder:
        os.environ["JUPYTER_CONFIG_PATH"] = str(folder)
        os.environ["JUPYTER_PATH"] = str(folder)
        # What was open last time, maybe in another folder, is not opened again.
        os.environ["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / "workspaces")
        LabApp.launch_instance(launch.arguments)


def _explore_notebook(settings: Settings) -> Path:
    """The practice's explore.ipynb; one that was made before there was any gets it now."""
    notebook = settings.notebooks / NOTEBOOK
    if not notebook.is_relative_to(settings.folder):
        raise UsageError(
            f"The notebooks lie outside of the practice's folder ({settings.notebooks}), where "
            "JupyterLab does not look. Start it there: jupyter lab"
        )
    if not notebook.exists():
        notebook.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packaged("notebooks") / NOTEBOOK, notebook)
    return notebook


def _checked(port: int) -> int:
    if not FIRST_PORT <= port <= LAST_PORT:
        raise UsageError(f"A port is a number from {FIRST_PORT} to {LAST_PORT}, such as 8899.")
    if not _is_free(port):
        raise UsageError(
            f"Port {port} is taken by another program. Name another one, or leave --port away and "
            "the first free one is used."
        )
    return port


def _first_free() -> int:
    found = (port for port in range(USUAL_PORT, LAST_PORT) if _is_free(port))
    return next(found)


def _is_free(port: int) -> bool:
    with socket.socket() as trial:
        # As the server does: a port that a server has just left is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


@contextmanager
def _jupyter_settings() -> Iterator[Path]:
    """A folder of settings that come before the user's own: kernel, page and defaults."""
    with TemporaryDirectory(prefix="nmt-analytics-lab-") as made:
        folder = Path(made)
        for name, content in {
            "kernels/python3/kernel.json": _KERNEL,
            "labconfig/page_config.json": _PAGE,
            "labconfig/default_setting_overrides.json": _DEFAULTS,
        }.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content), encoding="utf-8")
        yield folder
