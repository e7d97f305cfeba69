"""Build hook: compiles the gettext catalogues, so that checkout and wheel carry them ready to load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> list[Path]:
    """Compile every .po under `root`/advisor_tui/language that is newer than its .mo."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    made = []
    for source in sorted((root / "advisor_tui" / "language").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        with source.open("rb") as handle:
            catalogue = read_po(handle, locale=source.parts[-3])
        with target.open("wb") as handle:
            write_mo(handle, catalogue)
        made.append(target)
    return made


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for wheels and for editable installs alike."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        for target in compile_catalogues(Path(self.root)):
            build_data["artifacts"].append("/" + target.relative_to(self.root).as_posix())
