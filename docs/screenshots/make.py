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

from advisor_tui.cli.demo import make_demo
from advisor_tui.store.workspace import Workspace, data_folder
from advisor_tui.tui.app import AdvisorApp
from advisor_tui.tui.backend import Backend

HERE = Path(__file__).resolve().parent
Keys = tuple[str, ...]
ROUSSEL: Keys = ("down", "down", "enter")
PICTURES: tuple[tuple[str, tuple[int, int], Keys], ...] = (
    ("desk-120x36", (120, 36), ROUSSEL),
    ("desk-80x24", (80, 24), ("tab", "tab", *ROUSSEL)),
    ("composer-120x36", (120, 36), (*ROUSSEL, "r")),
    ("find-120x36", (120, 36), ("f2", "r", "o", "u", "s", "e", "l")),
    ("help-120x36", (120, 36), (*ROUSSEL, "f1")),
)


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
            draw(asyncio.run(take(Path(folder) / "home", name, size, keys)), HERE / f"{name}.png", browser)
            sys.stdout.write(f"{name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
