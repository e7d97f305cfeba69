#!/usr/bin/env bash
# How fast Anki's sync server takes and gives 10,000 small items on this machine: a figure to put beside `advisor bench sync`.
#
#   tools/anki-sync-reference.sh [ITEMS] [RUNS]
#
# Anki is no dependency of ours. The script makes a virtual environment in a temporary folder, installs `anki` from the package
# registry there, starts `python -m anki.syncserver` on a free port of this machine, and drives it with Anki's own client
# library: two collections, one adds ITEMS notes and syncs (push), the other syncs (pull). Collections that were in step before
# exchange only what is new, as ours do. Everything is removed at the end; the server is ended by its number.
#
# PYTHON names the interpreter (python3), ANKI_VERSION a version. Where something is missing it prints "skipped: WHY" and ends with 0.
set -u

ITEMS=${1:-10000}
RUNS=${2:-3}
PYTHON=${PYTHON:-python3}

skip() {
  echo "skipped: $1"
  exit 0
}

command -v "$PYTHON" >/dev/null 2>&1 || skip "$PYTHON is not here"
FOLDER=$(mktemp -d) || skip "no temporary folder"
trap 'rm -rf "$FOLDER"' EXIT

"$PYTHON" -m venv "$FOLDER/venv" >"$FOLDER/log" 2>&1 || skip "no virtual environment can be made with $PYTHON"
"$FOLDER/venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
  "anki${ANKI_VERSION:+==$ANKI_VERSION}" >>"$FOLDER/log" 2>&1 || skip "anki does not install: $(tail -n 1 "$FOLDER/log")"

cat >"$FOLDER/measure.py" <<'PYTHON_END'
"""Push and pull of small notes through Anki's client, a row a run; the last line is the median."""

import os
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

from anki.collection import Collection

FOLDER, ITEMS, RUNS = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
USER, WORD = "reference", "reference"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, base):
    environment = {**os.environ, "SYNC_USER1": f"{USER}:{WORD}", "SYNC_BASE": str(base), "SYNC_HOST": "127.0.0.1",
                   "SYNC_PORT": str(port), "MAX_SYNC_PAYLOAD_MEGS": "500"}
    server = subprocess.Popen([sys.executable, "-m", "anki.syncserver"], env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 30
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return server
        except OSError:
            time.sleep(0.05)
    server.kill()
    server.wait()
    raise SystemExit("skipped: Anki's sync server does not start")


def add(collection, count, run):
    kind, deck = collection.models.by_name("Basic"), collection.decks.id("Default")
    for number in range(count):
        note = collection.new_note(kind)
        note["Front"], note["Back"] = f"{run}-{number}", "appel facture rappel courrier accord remise panne ligne dossier"
        collection.add_note(note, deck)


def in_step(collection, auth, upload):
    """The first exchange of a collection is whole; those after it bring only what is new."""
    answer = collection.sync_collection(auth, False)
    if answer.required != answer.NO_CHANGES:
        collection.close_for_full_sync()
        collection.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
        collection.reopen(after_full_sync=True)


def timed(collection, auth):
    began = time.perf_counter()
    answer = collection.sync_collection(auth, False)
    seconds = time.perf_counter() - began
    if answer.required != answer.NO_CHANGES:
        raise SystemExit(f"skipped: Anki asks for a whole exchange ({answer.required})")
    return ITEMS / seconds


def run(number):
    folder = FOLDER / f"run{number}"
    folder.mkdir()
    port = free_port()
    server = start(port, folder / "server")
    try:
        first, second = (Collection(str(folder / f"{name}.anki2")) for name in ("first", "second"))
        auth = first.sync_login(username=USER, password=WORD, endpoint=f"http://127.0.0.1:{port}/")
        add(first, 1, f"{number}-before")
        in_step(first, auth, True)
        in_step(second, auth, False)
        add(first, ITEMS, number)
        pushed, pulled = timed(first, auth), timed(second, auth)
        if second.note_count() != ITEMS + 1:
            raise SystemExit(f"skipped: {second.note_count()} notes arrived, not {ITEMS + 1}")
        first.close()
        second.close()
    finally:
        server.terminate()
        server.wait()
    return pushed, pulled


rates = []
for number in range(RUNS):
    rates.append(run(number))
    print(f"run {number + 1}: push {rates[-1][0]:,.0f}/s  pull {rates[-1][1]:,.0f}/s")
print(f"anki {version('anki')}, {ITEMS:,} notes, median of {RUNS}: "
      f"push {median(p for p, _ in rates):,.0f}/s  pull {median(p for _, p in rates):,.0f}/s")
PYTHON_END

"$FOLDER/venv/bin/python" "$FOLDER/measure.py" "$FOLDER" "$ITEMS" "$RUNS" 2>"$FOLDER/errors" || {
  grep -h '^skipped:' "$FOLDER/errors" && exit 0
  skip "Anki's client did not do as it was asked: $(tail -n 1 "$FOLDER/errors")"
}
