"""What mail promises: every message comes in, in its thread, with its customer, whatever its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor_tui.domain import bodies as b
from advisor_tui.domain.identity import entity_id
from tests.gateways.conftest import Home, customer, totals

Homes = Callable[..., Home]


def eml(
    id_: str = "m1@example.org", *, to: str = "desk@example.com", from_: str = "Zoé <zoe@example.org>",
    date: str = "Tue, 03 Nov 2026 10:00:00 +0100", body: str = "Hello", re: str = "", **headers: str,
) -> bytes:  # fmt: skip
    lines = {"Message-ID": f"<{id_}>", "From": from_, "To": to, "Date": date, "Subject": "A question"}
    lines |= {"In-Reply-To": f"<{re}>", "References": f"<{re}>"} if re else {}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    return f"{head}\n{body}\n".encode()


class Post:
    """A workspace and a folder to put messages into."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def take(self, *messages: bytes, **options: Any) -> Any:
        for file in self.folder.iterdir():
            file.unlink()
        for number, message in enumerate(messages):
            (self.folder / f"{number:03}.eml").write_bytes(message)
        return self.home.take(self.folder, **options)

    def one(self, message: bytes) -> dict[str, Any]:
        """The contact that a message becomes."""
        outcome = self.take(message)
        assert outcome.status == 0
        return self.home.exported("contact")[-1]


@pytest.fixture
def post(home: Homes, tmp_path: Path) -> Post:
    return Post(home(), tmp_path / "mail")


def test_a_message_alone_has_no_case_and_makes_its_customer(post: Post) -> None:
    line = post.one(eml())
    assert line == {
        "v": 1, "type": "contact", "id": "mail:m1@example.org", "customer": "mail:zoe@example.org", "channel": "email",
        "direction": "inbound", "at": "2026-11-03T10:00:00+01:00", "author": "Zoé", "subject": "A question",
        "body": "Hello", "extra": {"from": "zoe@example.org", "to": "desk@example.com"},
    }  # fmt: skip
    assert post.home.exported("customer")[0]["identifiers"] == [{"kind": "email", "value": "zoe@example.org"}]


def test_the_customer_is_found_by_address(post: Post) -> None:
    post.home.lines(customer("z", identifiers=[{"kind": "email", "value": "ZOE@Example.org"}]))
    assert post.one(eml())["customer"] == "z"


def test_a_thread_is_a_case_and_twice_adds_nothing(post: Post) -> None:
    mails = [
        eml("r2@example.org", re="r1@example.com", date="Tue, 03 Nov 2026 12:00:00 +0100"), eml(),
        eml("r1@example.com", re="m1@example.org", from_="Desk <desk@example.com>", to="zoe@example.org",
            date="Tue, 03 Nov 2026 11:00:00 +0100", Subject="Re: A question"),
        eml("other@example.org"),
    ]  # fmt: skip
    assert totals(post.take(*mails, own=["@example.com"])) == (6, 0, 0, 0)
    (case,) = post.home.exported("case")
    assert (case["id"], case["subject"]) == ("mail-thread:m1@example.org", "A question")
    assert case["opened_at"] == "2026-11-03T09:00:00+00:00"
    placed = {line["id"]: (line.get("case", ""), line["direction"]) for line in post.home.exported("contact")}
    assert placed == {
        "mail:m1@example.org": (case["id"], "inbound"), "mail:r1@example.com": (case["id"], "outbound"),
        "mail:r2@example.org": (case["id"], "inbound"), "mail:other@example.org": ("", "inbound"),
    }  # fmt: skip
    assert len(post.home.exported("customer")) == 1
    for again in (mails, list(reversed(mails)), mails[:1], mails[1:2]):
        assert totals(post.take(*again, own=["@example.com"]))[0::2] == (0, 0)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_messages_that_come_one_by_one_find_each_other(post: Post, first: int) -> None:
    mails = [
        eml("a@example.org"), eml("b@example.org", re="a@example.org", date="Wed, 04 Nov 2026 10:00:00 +0100"),
        eml("c@example.org", re="b@example.org", date="Thu, 05 Nov 2026 10:00:00 +0100"),
    ]  # fmt: skip
    order = [mails[first], *(mail for mail in mails if mail is not mails[first])]
    for mail in order:
        assert post.take(mail).status == 0
    assert len({line.get("case") for line in post.home.exported("contact")}) == 1
    assert len(post.home.exported("case")) == 1
    before = post.home.export()
    for again in (mails, mails[:1], mails[2:]):
        assert totals(post.take(*again))[0::2] == (0, 0)
    assert post.home.export() == before


def test_a_reply_follows_where_a_person_put_its_parent(post: Post) -> None:
    post.take(eml())
    home = post.home
    home.lines({"v": 1, "type": "case", "id": "k", "customer": "mail:zoe@example.org", "kind": "order", "subject": "s",
                "opened_at": "2026-11-01"})  # fmt: skip
    contact, who = entity_id("contact", "mail:m1@example.org"), entity_id("customer", "mail:zoe@example.org")
    link(home, who, contact, entity_id("case", "k"))
    post.take(eml("r@example.org", re="m1@example.org"), eml())
    assert {line["case"] for line in home.exported("contact")} == {"k"}


def test_what_a_person_took_out_of_a_case_stays_out(post: Post) -> None:
    mails = [eml(), eml("r@example.org", re="m1@example.org")]
    post.take(mails[0])
    post.take(mails[1])
    home = post.home
    assert all("case" in line for line in home.exported("contact"))
    link(home, entity_id("customer", "mail:zoe@example.org"), entity_id("contact", "mail:m1@example.org"), "")
    post.take(*mails)
    assert [("case" in line) for line in home.exported("contact")] == [False, True]


def link(home: Home, who: str, contact: str, case: str) -> None:
    with home.journal.transaction() as unit:
        body = b.ContactLinked(id=contact, case=case)
        event = unit.event("contact_linked", who, body, at=unit.now_ms(), actor="ada", txn="t", case_id=case or None)
        unit.append(event)


def test_two_messages_under_one_id_are_both_kept(post: Post) -> None:
    mails = [eml(), eml(body="Quite another text"), eml()]
    assert totals(post.take(*mails)) == (3, 1, 0, 0)
    assert totals(post.take(*reversed(mails))) == (0, 3, 0, 0)
    assert sorted(line["body"] for line in post.home.exported("contact")) == ["Hello", "Quite another text"]


def test_mboxes_and_maildirs_hold_the_same_messages(home: Homes, tmp_path: Path) -> None:
    mails = [eml(), eml("m2@example.org", body="Lines:\n\n>From here on\nFrom Monday we rest"), eml("m3@example.org")]
    mbox = tmp_path / "in.mbox"
    mbox.write_bytes(b"".join(b"From zoe@example.org Tue Nov  3 10:00:00 2026\n" + mail + b"\n" for mail in mails))
    maildir = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "cur" / "1:2,S").write_bytes(mails[0])
    (maildir / "new" / "2").write_bytes(mails[1].replace(b">From", b"From"))
    (maildir / "new" / "3").write_bytes(mails[2].replace(b"\n", b"\r\n"))
    one = home()
    outcome = one.take(mbox)
    assert (outcome.lines, totals(outcome)) == (3, (4, 0, 0, 0))
    outcome = one.take(tmp_path)
    assert [file.kind for file in outcome.files] == ["maildir", "mbox"]
    assert totals(outcome) == (0, 6, 0, 0)
    assert one.exported("contact")[1]["body"] == "Lines:\n\nFrom here on\nFrom Monday we rest"


@pytest.mark.parametrize(
    ("text", "body", "quoted"),
    [
        ("Yes.\n\nLe mar. 3 nov. 2026 à 10:00, Desk <d@example.com> a écrit :\n> Shall we?\n> Or not?", "Yes.",
         "Le mar. 3 nov. 2026 à 10:00, Desk <d@example.com> a écrit :\n> Shall we?\n> Or not?"),
        ("On Tue, Nov 3, 2026 at 10:00 AM Desk\n<d@example.com> wrote:\n\n> Shall we?\n\nYes, below.", "Yes, below.",
         "On Tue, Nov 3, 2026 at 10:00 AM Desk\n<d@example.com> wrote:\n> Shall we?"),
        ("Oui.\n\n-----Message d'origine-----\nDe : Desk\nEnvoyé : mardi\nBonjour", "Oui.",
         "> -----Message d'origine-----\n> De : Desk\n> Envoyé : mardi\n> Bonjour"),
        ("Oui.\n\nDe : Desk <d@example.com>\nEnvoyé : mardi 3\nÀ : Zoé\nObjet : Q\n\nBonjour", "Oui.",
         "> De : Desk <d@example.com>\n> Envoyé : mardi 3\n> À : Zoé\n> Objet : Q\n\n> Bonjour"),
        ("> only a quotation", "> only a quotation", None),
        ("On reflection I wrote:\nno, thanks.", "On reflection I wrote:\nno, thanks.", None),
    ],
)  # fmt: skip
def test_what_is_quoted_is_folded_away_and_kept(post: Post, text: str, body: str, quoted: str | None) -> None:
    line = post.one(eml(body=text))
    assert (line["body"], line["extra"].get("quoted")) == (body, quoted)


def test_html_alone_becomes_readable_text(post: Post) -> None:
    page = (
        "<html><head><title>no</title><style>p{}</style></head><body><p>Bonjour&nbsp;&eacute;l&egrave;ve,</p><ul><li>one"
        "<li>two</ul><!-- hidden --><script>alert('x')</script><a href='https://example.org/a?b=1&amp;c=2'>here</a><br>end"
        "<blockquote><p>said before</p></blockquote></body></html>"
    )
    line = post.one(eml(body=page, Content_Type="text/html; charset=utf-8"))
    assert line["body"] == "Bonjour élève,\n\n- one\n- two\nhere <https://example.org/a?b=1&c=2>\nend"
    assert line["extra"]["quoted"] == "> said before"


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("iso-8859-1", b"caf\xe9", "café"), ("utf-8", b"caf\xe9", "café"), ("x-unknown", "café".encode(), "café"),
        ("us-ascii", "café".encode(), "café"), ("", b"caf\xe9 \x80", "café €"), ("shift_jis", b"\x82\xa0", "あ"),
        ("utf-7", b"caf+AOk-", "café"), ("utf-16", b"\xff\xfea\x00", "a"), ("\xe9", b"x", "x"), ("idna", b"\xff", "ÿ"),
        ("utf-8", b"a\x00b", "a\x00b"),
    ],
)  # fmt: skip
def test_a_charset_may_be_wrong_missing_or_unknown(post: Post, charset: str, raw: bytes, text: str) -> None:
    head = eml(Content_Type=f"text/plain; charset={charset}" if charset else "").partition(b"\n\n")[0]
    assert post.one(head + b"\n\n" + raw)["body"] == text


def test_eight_bit_and_encoded_headers_are_read(post: Post) -> None:
    mail = eml(
        Subject="=?iso-8859-1?q?Caf=E9?= =?utf-8?b?w6AgZW1wb3J0ZXI=?=", from_="=?utf-8?q?Zo=C3=A9?= <zoe@example.org>"
    )
    line = post.one(mail)
    assert (line["subject"], line["author"]) == ("Caféà emporter", "Zoé")
    mail = eml("m2@example.org", Subject="SUBJECT").replace(b"SUBJECT", b"D\xe9j\xe0 vu")
    assert post.one(mail)["subject"] == "Déjà vu"


def test_attachments_are_kept_once_under_their_hash(post: Post) -> None:
    def mail(id_: str, name: str) -> bytes:
        body = (
            f'--x\nContent-Type: text/plain\n\nsee file\n--x\nContent-Type: application/pdf\n'
            f'Content-Disposition: attachment; filename="{name}"\nContent-Transfer-Encoding: base64\n\nJVBERg==\n--x--'
        )  # fmt: skip
        return eml(id_, body=body, Content_Type='multipart/mixed; boundary="x"')

    line = post.one(mail("m1@example.org", "../../etc/passwd"))
    sha = hashlib.sha256(b"%PDF").hexdigest()
    assert line["attachments"] == [{"name": "passwd", "media_type": "application/pdf", "sha256": sha}]
    post.one(mail("m2@example.org", "b\\c.pdf"))
    folder = post.home.folder / "attachments"
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == [f"{sha[:2]}/{sha}"]
    assert (folder / sha[:2] / sha).read_bytes() == b"%PDF"


def test_a_message_inside_a_message_is_an_attachment(post: Post) -> None:
    inner = eml("inner@example.org", body="inside").decode()
    body = f"--x\n\nforwarded\n--x\nContent-Type: message/rfc822\n\n{inner}\n--x--"
    line = post.one(eml(body=body, Content_Type="multipart/mixed; boundary=x"))
    assert line["body"] == "forwarded"
    assert line["attachments"][0]["media_type"] == "message/rfc822"


def test_a_bounce_belongs_to_the_customer_whose_mail_came_back(post: Post) -> None:
    post.home.lines(customer("z", identifiers=[{"kind": "email", "value": "zoe@example.org"}]))
    body = (
        "--x\n\nYour mail came back.\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        "Final-Recipient: rfc822; zoe@example.org\nAction: failed\n--x--"
    )
    mail = eml(from_="MAILER-DAEMON@example.com", body=body, Content_Type="multipart/report; boundary=x")
    line = post.one(mail)
    assert (line["customer"], line["extra"]["bounced"]) == ("z", "zoe@example.org")


@pytest.mark.parametrize(
    ("date", "received", "at", "source"),
    [
        ("Tue, 3 Nov 2026 10:00:00 -0000", "", "2026-11-03T10:00:00+00:00", None),
        ("nonsense", "by mx; Tue, 3 Nov 2026 09:00:00 +0000", "2026-11-03T09:00:00+00:00", "received"),
        (
            "Mon, 30 Jun 3609 15:33:50 +0600",
            "by mx; Tue, 3 Nov 2026 09:00:00 +0000",
            "2026-11-03T09:00:00+00:00",
            "received",
        ),
        ("", "", "2026-11-21T00:00:00+00:00", "none"),
        ("Thu, 1 Jan 1904 00:00:00 +0000", "garbage", "2026-11-21T00:00:00+00:00", "none"),
    ],
)
def test_a_date_that_cannot_be_believed_is_replaced_and_said_so(
    post: Post, date: str, received: str, at: str, source: str | None
) -> None:
    mail = eml(date=date, Received=received)
    line = post.one(mail)
    assert (line["at"], line["extra"].get("date")) == (at, source)
    assert totals(post.take(mail)) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    "raw",
    [
        b"x", b"\n\n\n body", b"From: \nTo: \nSubject:\nDate:\n\n", b"no header here\njust text\n\nmore", b"\x00" * 500,
        bytes(range(256)), b"Content-Type: multipart/mixed; boundary=\n\n--\n--", b"Subject: =?utf-8?b?!!!?=\n\nx",
        b"Content-Type: multipart/mixed\n\nno boundary", b"Content-Transfer-Encoding: base64\n\n!!!!not base64",
        b"Content-Type: text/plain; charset*0*=utf-8''%; charset*1=x\n\nx", b"From: " + b"<" * 5000 + b"\n\nx",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000)),
        b"Content-Type: message/rfc822\n\n" * 2000, b"Message-ID: <" + b"y" * 5000 + b">\n\nx",
        b"From: a@example.org, b@example.org\nFrom: c@example.org\nMessage-ID: <>\n\nx", b"Date: " + b"9" * 500 + b"\n\nx",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe\n\nx", b"From: =?x?q?=ff?= <z@example.org>\n\nx",
        b"References: " + b"<a@b> " * 5000 + b"\nIn-Reply-To: nonsense\n\nx", b"\n" * 30_000,
        b"Content-Type: text/html\n\n" + b"<a <!-- <script" * 5000, b"Date: Tue, 3 Nov 2026 10:00:00 +9999\n\nx",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode\n\nbegin 666 x\nM!!!\nend",
    ],
)  # fmt: skip
def test_no_message_is_too_broken_to_come_in(post: Post, raw: bytes) -> None:
    assert totals(post.take(raw))[3] == 0
    assert len(post.home.exported("contact")) == 1
    assert totals(post.take(raw))[0::2] == (0, 0)


def test_a_text_of_megabytes_is_kept_whole_beside_the_line(post: Post) -> None:
    text = "word " * 400_000
    line = post.one(eml(body=text))
    assert len(line["body"]) <= 1_000_000
    kept = line["attachments"][0]
    content = (post.home.folder / "attachments" / kept["sha256"][:2] / kept["sha256"]).read_text()
    assert content.strip() == text.strip()


@pytest.mark.real
def test_every_real_message_comes_in(home: Homes, real: Path) -> None:
    one = home()
    outcome = one.take(real / "mail")
    assert outcome.status == 0
    assert len(outcome.files) == 33
    assert all(file.lines == 1 and sum(file.report.types["contact"].values()) == 1 for file in outcome.files)
    assert totals(one.take(real / "mail")) == (0, 33, 0, 0)
    assert "\ufffd" not in one.exported("contact")[-1]["subject"]
