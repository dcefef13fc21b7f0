"""A hundred texts that try to run, to link, to reckon or to break out of where they are shown.

And a practice in which all of them are conditions, regions of the body, names and parameters at
once. They are put past the doors that would refuse them: what shows them must stand by itself.
"""

import json
from pathlib import Path

from factories import follow_up, make_practice, session
from unattended import notebook

from nmt_analytics.settings import Settings, read_settings
from nmt_analytics.store.replacing import next_version

_CALL = "alert('HOSTILE')"
_BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"

_MARKUP = [
    f"<script>{_CALL}</script>",
    f"</script><script>{_CALL}</script>",
    f"</style><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"</textarea><script>{_CALL}</script>",
    f"--><script>{_CALL}</script>",
    f"]]><script>{_CALL}</script>",
    f"<scr<script>ipt>{_CALL}</scr</script>ipt>",
    f"<script/x>{_CALL}</script >",
    "<script src=//hostile.example/x.js></script>",
    f"<img src=x onerror={_CALL}>",
    f"<img src=x onerror=\"{_CALL}\"",
    f"<svg onload={_CALL}>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><a xlink:href=\"javascript:{_CALL}\"><text y=20>x</text></a></svg>",
    f"<body onload={_CALL}>",
    f"<iframe src=\"javascript:{_CALL}\"></iframe>",
    f"<iframe srcdoc=\"<script>{_CALL}</script>\"></iframe>",
    f"<object data=\"javascript:{_CALL}\"></object>",
    f"<embed src=\"javascript:{_CALL}\">",
    f"<form action=\"javascript:{_CALL}\"><button>x</button></form>",
    f"<input autofocus onfocus={_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<video><source onerror={_CALL}></video>",
    f"<math><mtext></p><script>{_CALL}</script></mtext></math>",
    f"<template><script>{_CALL}</script></template>",
    "<base href=https://hostile.example/>",
    "<meta http-equiv=refresh content=\"0;url=https://hostile.example/\">",
    "<link rel=stylesheet href=https://hostile.example/x.css>",
    "<style>*{display:none}</style>",
    "<!-- ", "<![CDATA[", "<?xml ?>", "&", "&lt;script&gt;", "&#60;script&#62;",
    f"\" onmouseover=\"{_CALL}",
    f"' onmouseover='{_CALL}",
    f"x\" autofocus onfocus=\"{_CALL}\" y=\"",
    f"` onmouseover=`{_CALL}",
]  # fmt: skip
_LINKS = [
    "<a href=\"https://hostile.example/\">here</a>",
    f"<a href=\"javascript:{_CALL}\">here</a>",
    f"<a href='jav&#x09;ascript:{_CALL}'>here</a>",
    "<A HREF=//hostile.example>here</A>",
    f"javascript:{_CALL}",
    f"JaVaScRiPt:{_CALL}//",
    f"data:text/html,<script>{_CALL}</script>",
    f"vbscript:{_CALL}",
    "[here](https://hostile.example/)",
    f"[here](javascript:{_CALL})",
    f"![x](x\" onerror=\"{_CALL})",
    "<https://hostile.example/>",
    "https://hostile.example/",
    "www.hostile.example",
    "<b>bold</b><br>new line<sub>low</sub>",
    "<span style=\"font-size:900px\">large</span>",
]  # fmt: skip
_MATHS = [
    r"$\href{javascript:alert('HOSTILE')}{x}$",
    r"$$\href{https://hostile.example/}{x}$$",
    r"\(\href{javascript:alert('HOSTILE')}{x}\)",
    r"\[\unicode{x3c}script\unicode{x3e}\]",
    r"$\class{x\" onclick=alert('HOSTILE')}{y}$",
    r"\require{html}\style{display:none}{x}",
    "{{ 7 * 7 }}", "{% raw %}{{ settings }}{% endraw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
    "{0.__class__}", "%s%s%s%n", "%{y}<extra></extra>", "%{customdata[0]}",
]  # fmt: skip
_FORMULAS = [
    "=1+1", "=HYPERLINK(\"https://hostile.example/\",\"x\")", "=cmd|' /C calc'!A0", "+1+1", "-1+1",
    "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\ufeff=1+1", "=IMPORTXML(\"x\",\"y\")",
    "\uff1d1+1", "'=1+1",
]  # fmt: skip
_CHARACTERS = [
    "a\x00b", "\x1b]0;HOSTILE\x07", "\x1b[2J\x1b[31mred", "\x9b31mred", "back\x08\x08space",
    "two\nlines", "two\r\nlines", "line\u2028separator", f"{_BIDI}gpj.exe", "\u202egnp.evil",
    "zero\u200bwidth\ufeff", "z\u0300\u0301\u0302\u0303" * 20,
]  # fmt: skip
_LONG = ["x" * 5_000, "y " * 2_000, "<b>" * 1_000]

HOSTILE: tuple[str, ...] = (*_MARKUP, *_LINKS, *_MATHS, *_FORMULAS, *_CHARACTERS, *_LONG)

CLIENTS_EACH = 6
CELLS = (
    'period: str = ""\nas_of: str = ""\nloaded_by: str = ""\naudience: str = "owner"\n'
    'motto: str = ""',
    "import nmt_analytics as nmt\npractice = nmt.open_practice(as_of=as_of, loaded_by=loaded_by,"
    " audience=audience)\npractice.overview(period, about=motto)",
    'practice.outcome("pain_change", by="body_region", period=period)',
    'practice.outcome("relief_at_7_days", by="condition", period=period)',
    'practice.relief_curve(by="condition", period=period)',
)


def hostile_practice(folder: Path) -> Settings:
    """The practice, its report `hostile` not yet made; its settings hold the texts as its name."""
    numbers = range(CLIENTS_EACH * len(HOSTILE))
    rows = [
        session(n, body_region=f"region {n // CLIENTS_EACH}", pain_before=8, pain_after=n % 5)
        for n in numbers
    ]
    answers = [follow_up(n, soreness=n % 3, relief_holding=n % 2 == 0) for n in range(len(rows))]
    settings = make_practice(folder, rows, answers)
    with next_version(settings.store) as connection:
        connection.execute("create temp table texts (region varchar, hostile varchar)")
        named = [(f"region {n}", text) for n, text in enumerate(HOSTILE)]
        connection.executemany("insert into texts values (?, ?)", named)
        connection.execute(
            "update sessions set condition = hostile, body_region = hostile from texts "
            "where body_region = region"
        )
    notebook(folder, CELLS, "hostile")
    name = json.dumps(" ".join(HOSTILE))
    (folder / "practice.toml").write_text(f"[practice]\nname = {name}\n", encoding="utf-8")
    return read_settings(folder)
