"""The queries by name: one SELECT a file, its grain in the first line."""

from functools import lru_cache
from importlib import resources


@lru_cache
def text_of(name: str) -> str:
    """The text of <name>.sql."""
    return resources.files(__package__).joinpath(f"{name}.sql").read_text("utf-8")
