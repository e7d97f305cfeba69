"""Makes the pictures of the documentation from the real desk: `python docs/screenshots/make.py`.

Needs Chromium (Debian: `apt-get install chromium fonts-dejavu`), which draws Textual's SVG as a
terminal would.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from advisor_tui.actions.execute import execute
from advisor_tui.cli.demo import make_demo
from advisor_tui.domain.permissions import Person
from advisor_tui.store.journal import Journal
from advisor_tui.store.rulebook import load_rules
from advisor_tui.store.workspace import Workspace, data_folder
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend

HERE = Path(__file__).resolve().parent
Keys = tuple[str, ...]
ROUSSEL: Keys = ("down", "down", "enter")


def found(text: str) -> Keys:
    """A customer found by what is typed, and the whole brief of theirs."""
    return ("f2", *text, "enter", "tab")


PICTURES: tuple[tuple[str, tuple[int, int], Keys], ...] = (
    ("desk-120x36", (120, 36), ROUSSEL),
    ("desk-80x24", (80, 24), ("tab", "tab", *ROUSSEL)),
    ("composer-120x36", (120, 36), (*ROUSSEL, "r")),
    ("similar-120x36", (120, 36), (*ROUSSEL, "r", "ctrl+r", "ctrl+r")),
    ("brief-roussel-80x24", (80, 24), found("roussel")),
    ("brief-marchetti-80x24", (80, 24), found("marchetti")),
    ("brief-ben-salah-80x24", (80, 24), found("salah")),
    ("progress-80x24", (80, 24), ("tab", "tab", *ROUSSEL, "E")),
    ("voice-120x36", (120, 36), ("f7",)),
    ("team-120x36", (120, 36), ("f4",)),
    ("find-120x36", (120, 36), ("f2", "r", "o", "u", "s", "e", "l")),
    ("help-120x36", (120, 36), (*ROUSSEL, "f1")),
    ("conflict-120x36", (120, 36), (*ROUSSEL, "home", "enter")),
    ("merge-120x36", (120, 36), (*ROUSSEL, "home", "R")),
)
APART = ("conflict-120x36", "merge-120x36")
"""The pictures of two desks that wrote the same resolution while both were offline."""
TEXTS = (
    (
        "Claire Morel",
        "Virement du 2 novembre retrouvé et affecté.\nLa ligne reste ouverte, collections prévenues.\nRappel à 16 h.",
    ),
    ("Paul Ndiaye", "Virement du 2 novembre retrouvé et affecté.\nFrais de rejet annulés : 12 €.\nRappel à 16 h."),
)


def write_apart(home: Path) -> None:
    """Two colleagues resolve the case of the customer shown without having seen each other."""
    workspace = Workspace(home)
    journal = Journal(workspace.database, workspace.clock())
    with journal.reading() as connection:
        query = (
            "SELECT k.id FROM case_view k JOIN customer_view c ON c.id = k.customer_id WHERE c.name LIKE '%Roussel%'"
        )
        case = connection.exec_driver_sql(query + " AND k.state <> 'closed' ORDER BY k.opened_at DESC").scalar()
    for name, text in TEXTS:
        given = {"case": case, "base": [case], "text": text}
        execute(journal, "write_resolution", given, Person(name, "Mobile"), load_rules("fr"))
    journal.close()


async def take(home: Path, name: str, size: tuple[int, int], keys: Keys) -> str:
    """The SVG of the desk after `keys`."""
    workspace = Workspace(home)
    backend = Backend(workspace)
    backend.begin().result()
    app = AdvisorApp(workspace, backend)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.2)
        await pilot.pause(0.5)
        return app.export_screenshot(title=name)


def draw(svg: str, target: Path, browser: str) -> None:
    """The PNG of an SVG."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert box is not None
    width, height = (int(float(side)) + 1 for side in box.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.svg"
        page.write_text(svg, encoding="utf-8")
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                "--disable-background-networking", f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}", f"--screenshot={target}", page.as_uri(),
            ],
            check=True, capture_output=True,
        )  # fmt: skip


def main() -> int:
    """Make every picture."""
    browser = next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write("Chromium is needed: apt-get install chromium fonts-dejavu\n")
        return 1
    for name, size, keys in PICTURES:
        with tempfile.TemporaryDirectory() as folder:
            make_demo(Path(folder) / "home", data_folder("fixtures") / "demo")
            if name in APART:
                write_apart(Path(folder) / "home")
            draw(asyncio.run(take(Path(folder) / "home", name, size, keys)), HERE / f"{name}.png", browser)
            sys.stdout.write(f"{name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
