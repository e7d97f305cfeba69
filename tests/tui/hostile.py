"""Words that try to do something to a terminal, to markup, or to the width of a line."""

from __future__ import annotations

HOSTILE = (
    "[@click=app.quit]x[/]",
    "[red]rouge[/red] [bold",
    "[link=https://example.org]ici[/link] \\[x]",
    "\x1b[31mrouge\x1b[0m \x1b[2J\x1b[H",
    "\x1b]0;titre\x07 cloche\x07",
    "\x1b]8;;https://example.org\x1b\\lien\x1b]8;;\x1b\\",
    "\x1b]52;c;cXVpdA==\x07 \x1bP1$r\x1b\\",
    "\x9b31m C1 \x85 \x90q\x9c",
    "\u202egauche à droite\u202c \u2066isolé\u2069",
    "nul\x00nul \x08\x08\x7f retour\rchariot",
    "zé\u200bro \ufeff lar\u200dgeur\u2060 \u00ad\u034f",
    "👩\u200d👩\u200d👧\u200d👦 🇫🇷🇬🇧 👍🏽 ❤\ufe0f 🏳\ufe0f\u200d🌈",
    "Z" + "\u0301\u0302\u0316" * 40 + "algo",
    "漢字とひらがな" * 9,
    "ligne\nligne\r\nligne\u2028séparée\u2029fin\x0b\x0c",
    "\ud800 seul \udfff",
    "tab\tulé\t\tdeux",
    "%s {name} {0!r} $x \\n",
    "long" * 250_000,
    "mot " * 3000,
)
"""The 1 MB line is the last but one."""
SHORT = HOSTILE[:18]
