"""A mapping → the TOML text of it, as its owner would write it by hand."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from nmt_analytics.intake.mapping import Mapping
from nmt_analytics.intake.mapping_parts import Band, FileLayout, Times
from nmt_analytics.intake.skips import SkipRule


def mapping_text(mapping: Mapping, remarks: Iterable[str] = ()) -> str:
    """The TOML text of `mapping`, `remarks` above it as comments; reading it gives it back."""
    lines = [f"# {remark}" for remark in remarks]
    lines += _pairs(
        title=mapping.title,
        table=mapping.table,
        id_prefix=mapping.id_prefix,
        recognise=[list(each) for each in mapping.recognise],
        first_of=list(mapping.first_of),
        missing=list(mapping.missing),
        skip_future=mapping.skip_future or "",
    )
    columns = {name: _one_or_many(theirs) for name, theirs in mapping.columns.items()}
    lines += _section("columns", columns)
    lines += _section("constants", mapping.constants)
    lines += _section("times", _times(mapping.times))
    for name, words in mapping.values.items():
        lines += _section(f"values.{name}", {their: _word(ours) for their, ours in words.items()})
    for name, bands in mapping.bands.items():
        lines += _section(f"bands.{name}", {_ends(band): band.word for band in bands})
    if mapping.carry_down:
        carried = {"by": mapping.carry_down.by, "columns": list(mapping.carry_down.columns)}
        lines += _section("carry_down", carried)
    lines += _section("file", _layout(mapping.file))
    for rule in mapping.skip:
        lines += _section("[skip]", _skip(rule))
    for check_in in mapping.check_ins:
        after = f"{check_in.after_seconds} s"
        lines += _section("[check_in]", {"after": after, **check_in.columns})
    return "\n".join(lines) + "\n"


def _section(name: str, content: dict[str, Any]) -> Iterator[str]:
    if content:
        yield from ("", f"[{name}]", *_pairs(**content))


def _pairs(**content: Any) -> list[str]:
    return [
        f"{_key(key)} = {_value(value)}" for key, value in content.items() if value not in ("", [])
    ]


def _times(times: Times) -> dict[str, Any]:
    return {
        "formats": list(times.formats),
        "zone": times.zone,
        "zone_column": times.zone_column,
        "time_of_day": times.time_of_day,
        "date_order": times.date_order,
        "duration_column": times.duration_column,
    }


def _layout(layout: FileLayout) -> dict[str, Any]:
    return {key: value for key, value in vars(layout).items() if value is not None}


def _skip(rule: SkipRule) -> dict[str, Any]:
    found: dict[str, Any] = {"rule": rule.rule, "column": rule.column, "file": rule.file}
    found["values"] = _one_or_many(rule.values) if rule.values else ""
    found["contains"] = rule.contains
    if rule.is_empty is not None:
        found["is_empty"] = rule.is_empty
    if rule.above is not None:
        found["above"] = rule.above
    return found


def _ends(band: Band) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in (band.low, band.high))
    return f"{low}..{high}"


def _word(ours: str) -> str | bool:
    return ours == "true" if ours in ("true", "false") else ours


def _one_or_many(texts: tuple[str, ...]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


def _key(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else f"{value:g}"


def _text(text: str) -> str:
    """A TOML text: JSON's, but for characters beyond the first 65,536, which JSON writes as two."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
