"""Documents and programs of the checkout that are no part of the package."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def code_blocks(document: Path, language: str) -> list[str]:
    """The code blocks of one language in a document, in its order."""
    return re.findall(rf"```{language}\n(.*?)```", document.read_text("utf-8"), re.DOTALL)


def commands_of(document: Path) -> list[str]:
    """Every line that a document tells to type into a shell."""
    return [line for block in code_blocks(document, "sh") for line in block.splitlines()]


def program(path: str) -> ModuleType:
    """The module in a file of the checkout, such as docs/generate.py."""
    file = ROOT / path
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
