"""Logging in and out, and the devices that did."""

from __future__ import annotations

from starlette.responses import Response

from advisor_tui.domain.wire import Meta
from advisor_tui.server.messages import IdPath, PasswordGrant, RefreshGrant
from advisor_tui.server.operations import Call, Operation, answer, done
from advisor_tui.store.central.devices import Device, list_devices, revoke_device
from advisor_tui.store.central.pull import describe
from advisor_tui.store.central.tokens import Tokens, log_in, log_out, refresh


async def read_meta(call: Call) -> Response:
    return answer(await call.service.threads.read.run(describe, call.service.central, call.who))


async def get_token(call: Call) -> Response:
    service, grant = call.service, call.body
    if isinstance(grant, RefreshGrant):
        return answer(await service.threads.write.run(refresh, service.central, grant.refresh_token))
    tokens = await service.threads.password.run(
        log_in, service.central, grant.user, grant.password, grant.device_name, grant.replaces, call.address
    )
    service.hub.poke()
    return answer(tokens)


async def end_token(call: Call) -> Response:
    await call.service.threads.write.run(log_out, call.service.central, call.identity)
    call.service.hub.forget(call.identity.device)
    return done()


async def read_devices(call: Call) -> Response:
    return answer(await call.service.threads.read.run(list_devices, call.service.central, call.identity))


async def end_device(call: Call) -> Response:
    device = call.target(IdPath).id
    await call.service.threads.write.run(revoke_device, call.service.central, call.identity, device)
    call.service.hub.poke()
    return done()


OPERATIONS = (
    Operation("GET", "/v1/meta", "read_meta", "What the server is, and whom it takes the caller for.", read_meta,
              answers=Meta, bearer="optional"),
    Operation("POST", "/v1/token", "get_token", "Log in with a password, or go on with a refresh token.", get_token,
              answers=Tokens, body=PasswordGrant | RefreshGrant, bearer="none", rate="login", refusals=(401, 403, 507)),
    Operation("DELETE", "/v1/token", "end_token", "Log this device out.", end_token, refusals=(507,)),
    Operation("GET", "/v1/devices", "read_devices", "The caller's devices.", read_devices, answers=list[Device]),
    Operation("DELETE", "/v1/devices/{id}", "end_device", "Revoke a device.", end_device, target=IdPath,
              refusals=(404, 507)),
)  # fmt: skip
