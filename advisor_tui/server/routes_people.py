"""Customers by words, who is on a case, and what the law makes us forget."""

from __future__ import annotations

from starlette.responses import Response

from advisor_tui.server.messages import (
    Customers,
    Erasure,
    ErasureAsked,
    ErasureMade,
    FindParameters,
    GuardParameters,
    IdPath,
    PresenceTold,
)
from advisor_tui.server.operations import Call, Operation, answer, done
from advisor_tui.store.central.erase import acknowledge, erase, list_erasures
from advisor_tui.store.central.guarding import GuardAnswer, ask_guard
from advisor_tui.store.central.presence import show_presence
from advisor_tui.store.central.search import find_customers


async def find(call: Call) -> Response:
    asked = call.query(FindParameters)
    found = await call.service.threads.read.run(
        find_customers, call.service.central, call.identity, asked.q, asked.limit
    )
    return answer(Customers(customers=found))


async def guard(call: Call) -> Response:
    asked, service = call.query(GuardParameters), call.service
    rule = service.rules.hold
    return answer(
        await service.threads.read.run(ask_guard, service.central, call.identity, asked.customer, asked.act, rule)
    )


async def tell_presence(call: Call) -> Response:
    service, told = call.service, call.body
    await service.threads.write.run(
        show_presence, service.central, call.identity, told.customer_id, told.case_id, told.writing
    )
    service.hub.poke()
    return done()


async def ask_erasure(call: Call) -> Response:
    made = await call.service.threads.write.run(erase, call.service.central, call.identity, call.body.customer_id)
    call.service.hub.poke()
    return answer(ErasureMade(id=made))


async def read_erasures(call: Call) -> Response:
    return answer(await call.service.threads.read.run(list_erasures, call.service.central, call.identity))


async def acknowledge_erasure(call: Call) -> Response:
    erasure = call.target(IdPath).id
    await call.service.threads.write.run(acknowledge, call.service.central, call.identity, erasure)
    return done()


OPERATIONS = (
    Operation("GET", "/v1/customers", "find_customers", "Customers of any team, by name, number or address.", find,
              answers=Customers, query=FindParameters),
    Operation("GET", "/v1/guard", "guard", "Whether a cut-off or the like may be done, and what stands in its way.", guard,
              answers=GuardAnswer, query=GuardParameters, refusals=(404,)),
    Operation("POST", "/v1/presence", "tell_presence", "Which case this device has open.", tell_presence,
              body=PresenceTold, rate="presence", refusals=(507,)),
    Operation("POST", "/v1/erasures", "ask_erasure", "Erase what is known of a customer, everywhere.", ask_erasure,
              answers=ErasureMade, body=ErasureAsked, refusals=(404, 507)),
    Operation("GET", "/v1/erasures", "read_erasures", "Erasures, and the devices that have not followed yet.",
              read_erasures, answers=list[Erasure]),
    Operation("POST", "/v1/erasures/{id}/ack", "acknowledge_erasure", "This device holds nothing of it any more.",
              acknowledge_erasure, target=IdPath, refusals=(404, 507)),
)  # fmt: skip
