"""Attachments kept by what they contain: the name in the file system is the hash, never a name from outside."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path


class Attachments:
    """A folder of files named by their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    def keep(self, content: bytes) -> str:
        """Store `content` once; its hash."""
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{secrets.token_hex(4)}.part")
            try:
                fresh.write_bytes(content)
                fresh.replace(target)
            finally:
                fresh.unlink(missing_ok=True)
        return sha256
