"""The parameters that a notebook declares, and whether given ones fit.

Papermill only warns on a misspelt parameter and knows no types (nor `str | None`), so the cell
tagged `parameters` is read here: plain assignments of literals, typed by their annotation.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

from nmt_analytics.errors import ReportError, UsageError, unknown_name

Value = int | float | str | bool | None

_TYPES: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool, "None": NoneType}
_IN_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    NoneType: "none",
}
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: its name, the types that it may have, and its default."""

    name: str
    types: tuple[type, ...]
    default: Value

    @property
    def expected(self) -> str:
        """The types in words: `a whole number or none`."""
        return " or ".join(_IN_WORDS[each] for each in self.types)

    def accepts(self, value: object) -> bool:
        """Whether `value` has one of the types; a whole number is a number, True is not."""
        return type(value) in self.types or (type(value) is int and float in self.types)


def declared_parameters(notebook: Mapping[str, Any], name: str) -> dict[str, Parameter]:
    """The parameters of the cell tagged `parameters`, by name; none when there is no such cell.

    `notebook` is the content of an .ipynb file, `name` what errors call it. Raises ReportError
    when a line of the cell is not `name: type = literal`.
    """
    cells = [each for each in notebook["cells"] if "parameters" in each["metadata"].get("tags", ())]
    statements = [each for cell in cells for each in _statements(cell, name)]
    return {each.name: each for each in (_parameter(line, name) for line in statements)}


def check_parameters(
    declared: Mapping[str, Parameter], given: Mapping[str, object], notebook: str
) -> None:
    """Raises UsageError for the first given parameter that `notebook` does not know or take."""
    for name, value in given.items():
        if name not in declared:
            raise unknown_name(f"parameter of {notebook}", name, list(declared))
        if not declared[name].accepts(value):
            got = _IN_WORDS.get(type(value), f"a {type(value).__name__}")
            raise UsageError(
                f"{notebook}, parameter {name}: expected {declared[name].expected}, got {got}."
            )


def parse_parameters(
    declared: Mapping[str, Parameter], texts: Mapping[str, str], notebook: str
) -> dict[str, Value]:
    """The texts of a command line as typed values; raises UsageError where one is not."""
    for name in texts:
        if name not in declared:
            raise unknown_name(f"parameter of {notebook}", name, list(declared))
    return {name: _parse(text, declared[name], notebook) for name, text in texts.items()}


def _parse(text: str, parameter: Parameter, notebook: str) -> Value:
    if NoneType in parameter.types and text.lower() in ("", "none"):
        return None
    if bool in parameter.types and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    for kind in (int, float):
        if kind in parameter.types:
            try:
                return kind(text)
            except ValueError:
                continue
    if str in parameter.types:
        return text
    raise UsageError(
        f'{notebook}, parameter {parameter.name}: expected {parameter.expected}, got "{text}".'
    )


def _statements(cell: Mapping[str, Any], name: str) -> list[ast.stmt]:
    source = cell["source"]
    try:
        return ast.parse(source if isinstance(source, str) else "".join(source)).body
    except SyntaxError as fault:
        raise _unreadable(name, f"line {fault.lineno}") from None


def _parameter(line: ast.stmt, name: str) -> Parameter:
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value:
        target, value, annotation = line.target.id, line.value, line.annotation
        types = tuple(_TYPES.get(word) for word in _words(annotation))
    elif isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        target, value, types = line.targets[0].id, line.value, ()
    else:
        raise _unreadable(name, f"line {line.lineno}")
    try:
        default = ast.literal_eval(value)
    except ValueError:
        raise _unreadable(name, f"the default of {target}") from None
    known = tuple(each for each in types or (type(default),) if each in _IN_WORDS)
    if len(known) < max(len(types), 1):
        raise _unreadable(name, f"the type of {target}")
    return Parameter(target, known, default)


def _words(annotation: ast.expr) -> list[str]:
    """`str | None` as ["str", "None"]; anything else that is no plain name as one odd word."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _words(annotation.left) + _words(annotation.right)
    return [ast.unparse(annotation)]


def _unreadable(notebook: str, what: str) -> ReportError:
    return ReportError(
        f'{notebook}: {what} in the cell tagged "parameters" cannot be read. Write each parameter '
        f"as one line, name: type = value, with a type of {', '.join(_TYPES)}, or str | None."
    )
