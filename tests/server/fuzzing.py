"""Loaded by schemathesis: how its requests log in. It ends its own sessions as often as it likes."""

from __future__ import annotations

import os
from typing import Any
from zoneinfo import ZoneInfo

import schemathesis
from schemathesis import AuthContext, Case, HookContext

from advisor_tui.store.central.central import Central
from advisor_tui.store.central.tokens import log_in
from advisor_tui.store.workspace import SystemClock
from tests.server.office import PASSWORD

session = {"device": ""}
DATABASE, CUSTOMER = "ADVISOR_FUZZED", "ADVISOR_FUZZED_CUSTOMER"


@schemathesis.auth(retry_on=[401, 403])
class Administrator:
    """An administrator, who may do everything; a new device whenever the last one was shut out."""

    def get(self, _case: Case[Any], _context: AuthContext) -> str:
        central = Central(os.environ[DATABASE], SystemClock(ZoneInfo("UTC")))
        try:
            tokens = log_in(central, "Ada Root", PASSWORD, "schemathesis", address="203.0.113.7")
            session["device"] = tokens.device
            return tokens.access_token
        finally:
            central.close()

    def set(self, case: Case[Any], data: str, _context: AuthContext) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """A push in the name of this session's device, and now and then a customer who exists: others end too early."""
    if case.operation.path == "/v1/push" and isinstance(case.body, dict) and isinstance(case.body.get("device"), str):
        case.body["device"] = session["device"]
    named = case.path_parameters.get("id", "")
    if case.operation.path == "/v1/customers/{id}/events" and isinstance(named, str) and len(named) % 2:
        case.path_parameters["id"] = os.environ[CUSTOMER]
