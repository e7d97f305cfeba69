"""What mail promises where it is broken or made to hurt: no word lost, no minute, no gigabyte."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor_tui.gateways import html_text, mailboxes
from advisor_tui.gateways.html_text import readable
from advisor_tui.gateways.mail_headers import header_text
from advisor_tui.gateways.mail_text import split_quoted
from tests.gateways.conftest import Home, rejects, totals
from tests.gateways.test_mail import Post, eml

Homes = Callable[..., Home]
PICTURE = "data:image/png;base64," + "iVBO" * 200_000


@pytest.fixture
def post(home: Homes, tmp_path: Path) -> Post:
    return Post(home(), tmp_path / "mail")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<html><head><title>no</title><body><p>Bonjour", "Bonjour"),
        ("<html><head><STYLE>p{}</STYLE >İ<p>Bonjour", "İ\n\nBonjour"),
        ("one<!-- two <p>three", "one two\n\nthree"),
        ("one<!-->two<!--->three<!-- four -->five", "onetwothreefive"),
        ("<!--[if !mso]><!-->seen<!--<![endif]-->", "seen"),
        ("<title>one<p>two", "one\n\ntwo"),
        ("<script>one<p>two</p><style>three</style>four", "one\n\ntwo\n\nfour"),
        (f"<p>one<img src='{PICTURE}'>two<img src={PICTURE}><p title=\"{PICTURE}\">three", "onetwo\n\nthree"),
        (f'x="<p>{"word " * 1000}</p>" <img src={PICTURE}>last', f'x="\n\n{("word " * 1000).strip()}\n\n" last'),
    ],
)  # fmt: skip
def test_html_loses_no_word(html: str, text: str) -> None:
    assert readable(html) == text


@pytest.mark.parametrize(
    "html",
    ["<script>" * 60_000, "<!--" * 120_000, "<title><style>" * 40_000, " a='" * 400_000, ' a="' + "x" * 2_000_000],
)
def test_openings_without_end_take_no_time(html: str) -> None:
    start = time.process_time()
    readable(html)
    assert time.process_time() - start < 3


@pytest.mark.parametrize("html", ["<p>word</p>" * 50_000, "<img src='cid:logo'>"])
def test_html_whose_text_does_not_say_all_is_kept(post: Post, html: str) -> None:
    line = post.one(eml(body=html, Content_Type="text/html"))
    (kept,) = line["attachments"]
    assert (kept["name"], kept["media_type"]) == ("message.html", "text/html")
    content = (post.home.folder / "attachments" / kept["sha256"][:2] / kept["sha256"]).read_text()
    assert content.strip() == html


def test_html_beside_its_text_is_not_kept(post: Post) -> None:
    parts = "".join(
        f"--x\nContent-Type: text/{kind}\n\n{text}\n" for kind, text in (("plain", "Bonjour"), ("html", "<br>"))
    )
    line = post.one(eml(body=f"{parts}--x--", Content_Type='multipart/alternative; boundary="x"'))
    assert line["body"] == "Bonjour"
    assert "attachments" not in line


def test_html_within_the_limit_leaves_nothing_behind(post: Post) -> None:
    body = f"<img src='{PICTURE}'>Bonjour"
    assert len(body) > html_text.LIMIT
    line = post.one(eml(body=body, Content_Type="text/html"))
    assert line["body"] == "Bonjour"
    assert "attachments" not in line


@pytest.mark.parametrize(
    ("subject", "matter"),
    [
        ("Ma facture : trop chère", "Ma facture : trop chère"), ("Re: Ma facture : trop", "Ma facture : trop"),
        ("RE : TR : Re[2]: Fwd:réf : x", "x"), ("Prépare: x", "Prépare: x"), ("Re", "Re"),
        ("x" * 2000, "x" * 1000), ("re" + " " * 100_000 + ":", "re"),
    ],
)  # fmt: skip
def test_a_case_is_called_by_its_matter(post: Post, subject: str, matter: str) -> None:
    post.take(eml(Subject=subject), eml("r@example.org", re="m1@example.org"))
    assert [line["subject"] for line in post.home.exported("case")] == [matter]


def test_a_flood_of_encoded_words_takes_no_time() -> None:
    start = time.process_time()
    flood = "=?a?q?x" * 40_000
    assert header_text(flood) == flood
    header_text("=?a?q?x" * 190)
    assert time.process_time() - start < 1
    assert header_text("=?utf-8?q?Zo=C3=A9?=") == "Zoé"


@pytest.mark.parametrize(
    "line",
    ["On " * 60 + "1:\n", "Le " + "a écrit" * 20 + "@x!:\n", "On 1 x wrote :\n", "> On 1 wrote:\n", "El 1\n" * 3],
)
def test_a_flood_of_leads_takes_no_time(line: str) -> None:
    text = line * (1_000_000 // len(line))
    start = time.process_time()
    split_quoted(text)
    assert time.process_time() - start < 3


def test_a_message_too_long_is_refused_and_the_others_come_in(
    home: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "MB", 1000)
    monkeypatch.setattr(mailboxes, "LONGEST", 100_000)
    long = eml("long@example.org", body="x" * 150_000 + "\nFrom here on\n\n" + "y\n" * 9000)
    separator = b"From zoe@example.org Tue Nov  3 10:00:00 2026\n"
    (tmp_path / "a.mbox").write_bytes(
        b"".join(separator + mail + b"\n" for mail in (eml(), long, eml("m2@example.org")))
    )
    (tmp_path / "b.eml").write_bytes(long)
    one = home()
    outcome = one.take(tmp_path / "a.mbox", tmp_path / "b.eml")
    assert totals(outcome) == (3, 0, 0, 2)
    assert [file.lines for file in outcome.files] == [3, 1]
    for file in (0, 1):
        (row,) = rejects(outcome, file)
        assert row["error"].startswith("The message is longer than ")
        assert (len(row["text"]) // 1000, row["cut"], row["line"]) == (65, True, 2 - file)
    assert [line["id"] for line in one.exported("contact")] == ["mail:m1@example.org", "mail:m2@example.org"]
