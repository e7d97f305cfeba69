"""The `advisor` command. Without a word after it, the desk opens, by the shortest way."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the exit status is returned."""
    try:
        return _main(sys.argv[1:])
    except KeyboardInterrupt:  # before anything could say so
        return 130


def _main(arguments: list[str]) -> int:
    os.umask(0o077)  # whatever is written holds customers: for its owner alone
    if not arguments:
        from advisor_tui.cli.desk import open_desk

        return open_desk()
    if arguments == ["--version"]:
        from advisor_tui import __version__

        sys.stdout.write(f"advisor {__version__}\n")
        return 0
    from advisor_tui.cli.app import run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
