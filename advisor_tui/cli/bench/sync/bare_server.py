"""The reference server: FastAPI over one table, no authors, no checks, no fold, no search.

`python -m advisor_tui.cli.bench.sync.bare_server FILE` runs it on any free port and says which.
"""

import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from advisor_tui.cli.bench.sync.bare import insert, open_table, page


def create_app(path: Path) -> FastAPI:
    """The application over the table in a new file."""
    connection = open_table(path)
    app = FastAPI(openapi_url=None)

    @app.post("/push")
    async def push(events: list[dict[str, Any]]) -> JSONResponse:
        last = insert(connection, events)
        first = last - len(events) + 1
        return JSONResponse([{"id": event["id"], "seq": seq} for seq, event in enumerate(events, first)])

    @app.get("/pull")
    async def pull(after: int, limit: int) -> Response:
        return Response(page(connection, after, limit), media_type="application/json")

    return app


def run(path: Path) -> None:
    """Serve until the process is ended."""
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    named = {"log_level": "warning", "access_log": False, "loop": "uvloop", "ws": "none", "lifespan": "off"}
    uvicorn.Server(uvicorn.Config(create_app(path), **named)).run(sockets=[listening])  # type: ignore[arg-type]


if __name__ == "__main__":
    run(Path(sys.argv[1]))
