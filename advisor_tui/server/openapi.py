"""The OpenAPI document, made from the operations and from the types that they read and write."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import Struct

from advisor_tui import __version__
from advisor_tui.domain.wire import OLDEST_PROTOCOL, PROTOCOL, PulledLine, Push, WireEvent
from advisor_tui.server.messages import ErrorBody, HeadsShown, PresenceShown
from advisor_tui.server.operations import EVENTS, JSON, NDJSON, Operation

Schema = dict[str, Any]
ABOUT = (
    "How replicas and the server of Advisor TUI exchange events. Every answer that is not a success has the body ErrorBody. "
    "A page of application/x-ndjson holds one PulledLine a line; the last one has `next`, without it the page must be "
    "discarded. The feed's events are `heads` (HeadsShown) and `presence` (PresenceShown)."
)


def _shown(kind: type[Struct], **types: Any) -> Any:
    """`kind` for its description, with other types in some fields: bytes that are kept as they came have no schema."""
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        type_ = types.get(field.name, field.type)
        if field.name in types and not field.required:
            fields.append((field.name, type_, None))
        elif field.default is not msgspec.NODEFAULT:
            fields.append((field.name, type_, field.default))
        elif field.default_factory is not msgspec.NODEFAULT:
            fields.append((field.name, type_, msgspec.field(default_factory=field.default_factory)))
        else:
            fields.append((field.name, type_))
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, namespace={"__doc__": kind.__doc__})


_EVENT = _shown(WireEvent, body=Any)
_SHOWN: dict[Any, Any] = {
    Push: _shown(Push, events=GenericAlias(list, (_EVENT,))), PulledLine: _shown(PulledLine, event=_EVENT | None),
}  # fmt: skip
_RETRY = (429, 503, 507)
_LINES = {NDJSON: "One PulledLine a line.", EVENTS: "Server-sent events."}


def document(operations: Iterable[Operation]) -> Schema:
    """The whole document."""
    described = tuple(operations)
    refs, components = _schemas(described)
    paths: dict[str, Schema] = {}
    for operation in described:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Advisor TUI", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"access": {"type": "http", "scheme": "bearer", "description": "An access token."}},
            "headers": {
                "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
            },
        },
    }


def _schemas(operations: tuple[Operation, ...]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    kinds: list[Any] = [ErrorBody, PulledLine, HeadsShown, PresenceShown]
    for operation in operations:
        kinds += [operation.query, operation.target]
        kinds += [kind for kind in (operation.answers, operation.body) if kind is not None]
    kinds = list({repr(kind): kind for kind in kinds}.values())
    shown = [_SHOWN.get(kind, kind) for kind in kinds]
    schemas, components = msgspec.json.schema_components(shown, ref_template="#/components/schemas/{name}")
    return {repr(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}, components


def _operation(operation: Operation, refs: dict[Any, Schema], components: dict[str, Schema]) -> Schema:
    found: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_parameters(operation, components)],
        "responses": {
            str(operation.status): _success(operation, refs),
            **{str(status): _refusal(status) for status in statuses(operation)},
        },
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": refs[repr(operation.body)]}}}
    if operation.bearer != "none":
        found["security"] = [{"access": []}] if operation.bearer == "needed" else [{"access": []}, {}]
    return found


def statuses(operation: Operation) -> list[int]:
    """Every status but success that an operation can answer with."""
    found = {414, 429, 431, 500, 503, *operation.refusals}
    if operation.versioned:
        found |= {422, 426}
    if operation.bearer != "none":
        found |= {401, 403}
    if operation.body is not None:
        found |= {400, 408, 413, 415, 422}
    return sorted(found)


def _parameters(operation: Operation, components: dict[str, Schema]) -> Iterable[Schema]:
    if operation.versioned:
        yield {
            "name": "Sync-Protocol", "in": "header", "required": True, "description": "The exchange's version.",
            "schema": {"type": "integer", "minimum": OLDEST_PROTOCOL, "maximum": PROTOCOL},
        }  # fmt: skip
    for kind, place in ((operation.target, "path"), (operation.query, "query")):
        schema = components[kind.__name__]
        for name, described in schema["properties"].items():
            required = name in schema.get("required", ())
            yield {"name": name, "in": place, "required": required, "schema": described}


def _success(operation: Operation, refs: dict[Any, Schema]) -> Schema:
    if operation.answers is None:
        return {"description": "Done."}
    schema = refs[repr(operation.answers)]
    if operation.media in _LINES:
        schema = {"type": "string"} if operation.media == NDJSON else {}
    return {
        "description": _LINES.get(operation.media, "The answer."),
        "content": {operation.media: {"schema": schema}},
    }


def _refusal(status: int) -> Schema:
    found: Schema = {
        "description": HTTPStatus(status).phrase,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/ErrorBody"}}},
    }
    if status in _RETRY:
        found["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return found
