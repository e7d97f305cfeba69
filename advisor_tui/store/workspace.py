"""Where a workspace lives, and the settings beside it. Light: no SQLModel here."""

from __future__ import annotations

import os
import secrets
import sys
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from advisor_tui.domain.clock import Clock, FrozenClock
from advisor_tui.domain.errors import Invalid, StoreError, WorkspaceMissing
from advisor_tui.domain.permissions import Person
from advisor_tui.domain.shift import read_shift

DATABASE = "workspace.db"
CONFIG = "config.toml"


class SystemClock:
    """The machine's clock, seen from the workspace's civil calendar."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Settings:
    """What a person chose: who they are, and how the desk looks. Written in config.toml."""

    name: str = ""
    team: str = ""
    role: str = "advisor"
    language: str = ""
    timezone: str = "Europe/Paris"
    theme: str = "encre"
    rules: str = "fr"
    clock: str = ""  # a frozen instant: the demo lives in it
    slow_link: bool = False
    server: str = ""  # whom this workspace shares with; none: it is this computer's alone
    user: str = ""  # the name that was logged in with, kept after logging out
    ca: str = ""  # a file with the company's own authorities
    keys: dict[str, str] = field(default_factory=dict)
    hours: dict[str, str] = field(default_factory=dict)  # one's own, a line a day; nobody else is told

    def person(self) -> Person:
        """Who works here, with their own hours. Raises Invalid where these make no sense."""
        return Person(self.name, self.team, self.role, read_shift(self.hours))


def default_home() -> Path:
    """ADVISOR_HOME, or the platform's place for a user's data."""
    chosen = os.environ.get("ADVISOR_HOME")
    if chosen:
        return Path(chosen).expanduser()
    if not sys.platform.startswith(("win32", "darwin")):
        # platformdirs costs 25 ms of start time; on Linux its answer is this one
        base = os.environ.get("XDG_DATA_HOME", "").strip()
        return (Path(base) if base else Path.home() / ".local" / "share") / "advisor-tui"
    from platformdirs import user_data_path

    return user_data_path("advisor-tui", appauthor=False)


def data_folder(name: str) -> Path:
    """`styles` or `fixtures`: inside an installed wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_data" / name
    return installed if installed.is_dir() else package.parent / name


class Workspace:
    """One home folder: its database and settings."""

    def __init__(self, home: Path | None = None) -> None:
        self.home = home if home is not None else default_home()
        self._settings: Settings | None = None

    @property
    def database(self) -> Path:
        return self.home / DATABASE

    @property
    def exists(self) -> bool:
        return self.database.exists()

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self._settings = read_settings(self.home / CONFIG)
        return self._settings

    @property
    def zone(self) -> tzinfo:
        return zone_of(self.settings.timezone)

    def clock(self) -> Clock:
        """The clock of this workspace: frozen in the demo, the machine's elsewhere."""
        if not self.settings.clock:
            return SystemClock(self.zone)
        try:
            instant = datetime.fromisoformat(self.settings.clock)
            if not 1970 <= instant.year <= 2900:
                raise ValueError(self.settings.clock)
        except ValueError as error:
            path = str(self.home / CONFIG)
            raise Invalid("The setting {key} in {path} is not of the right kind.", key="clock", path=path) from error
        return FrozenClock(instant if instant.tzinfo else instant.replace(tzinfo=self.zone), self.zone)

    def require(self) -> None:
        """Raise a clear error when there is no workspace here yet."""
        if not self.exists:
            raise missing(self.home)

    def save(self, settings: Settings) -> None:
        """Write the settings whole, then put them in place."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            target = self.home / CONFIG
            fresh = target.with_name(f".{CONFIG}.{secrets.token_hex(4)}")
            fresh.write_text(settings_text(settings), encoding="utf-8")
            fresh.replace(target)
        except OSError as error:
            raise StoreError(
                "The settings in {home} cannot be written: {reason}",
                home=str(self.home),
                reason=error.strerror or error,
            ) from error
        self._settings = settings

    def update(self, **changes: object) -> Settings:
        """Save the settings with `changes`."""
        self._settings = None  # another process may have written them since
        settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self.save(settings)
        return settings


def missing(home: Path) -> WorkspaceMissing:
    """Nothing was created in `home` yet, and how to create it."""
    return WorkspaceMissing(
        "There is no workspace in {home} yet. Create one with: advisor init --name NAME, or try: advisor demo",
        home=str(home),
    )


def zone_of(name: str) -> tzinfo:
    """The civil calendar called `name`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("The time zone {name} is not known.", name=name) from error


def read_settings(path: Path) -> Settings:
    """The settings in `path`, or the defaults where it does not exist; Invalid names the line."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid("The settings in {path} cannot be read: {reason}", path=str(path), reason=error) from error
    known = Settings.__dataclass_fields__
    for key, value in raw.items():
        if key not in known:
            raise Invalid("The settings in {path} have an unknown key: {key}", path=str(path), key=key)
        expected = type(getattr(Settings(), key))
        if not isinstance(value, expected) or (
            isinstance(value, dict) and not all(isinstance(item, str) for item in value.values())
        ):
            raise Invalid("The setting {key} in {path} is not of the right kind.", key=key, path=str(path))
    return Settings(**raw)


def settings_text(settings: Settings) -> str:
    """The settings as TOML, defaults left out."""
    lines = []
    for key in Settings.__dataclass_fields__:
        value = getattr(settings, key)
        if value == getattr(Settings(), key) or isinstance(value, dict):
            continue
        lines.append(f"{key} = {_toml(value)}")
    for table in ("keys", "hours"):
        said: dict[str, str] = getattr(settings, table)
        if said:
            lines += ["", f"[{table}]", *(f"{_toml(name)} = {_toml(value)}" for name, value in said.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 else c for c in escaped) + '"'
