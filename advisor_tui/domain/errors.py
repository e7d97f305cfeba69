"""The one exception tree.

    AdvisorError
    ├── Invalid          the request does not make sense (exit status 2)
    ├── NotFound         what was named does not exist (exit status 1)
    ├── Refused          a rule says no, and says which (exit status 4)
    └── StoreError       the workspace cannot be read or written (exit status 1)
        ├── WorkspaceMissing, WorkspaceLocked, WorkspaceNewer
        ├── WorkspaceDamaged, WorkspaceReadOnly, DiskFull

A message is an English template with named fields; the catalogues translate it.
"""

from __future__ import annotations


class AdvisorError(Exception):
    """An error with a stable code, a translatable sentence and its details."""

    code = "error"

    def __init__(self, message: str, code: str | None = None, **details: object) -> None:
        self.message = message
        self.details = details
        if code is not None:
            self.code = code
        super().__init__(self.text())

    def text(self, translate: object = None) -> str:
        """The sentence, translated by `translate` (a gettext function) when given."""
        template = translate(self.message) if callable(translate) else self.message
        try:
            return str(template).format(**self.details)
        except (KeyError, IndexError, ValueError):
            return str(template)


class Invalid(AdvisorError):
    """What was asked does not make sense: an unknown name, a value of the wrong form."""

    code = "invalid"


class NotFound(AdvisorError):
    """What was named does not exist in this workspace."""

    code = "not_found"


class Refused(AdvisorError):
    """A rule refuses the act; the code names the rule and nothing was recorded."""

    code = "refused"


class StoreError(AdvisorError):
    """The workspace cannot be read or written."""

    code = "store"


class WorkspaceMissing(StoreError):
    code = "workspace_missing"


class WorkspaceLocked(StoreError):
    code = "workspace_locked"


class WorkspaceNewer(StoreError):
    code = "workspace_newer"


class WorkspaceDamaged(StoreError):
    code = "workspace_damaged"


class WorkspaceReadOnly(StoreError):
    code = "workspace_read_only"


class DiskFull(StoreError):
    code = "disk_full"
