"""What a token may do. Integrations may do all; sales channels only what the documentation grants them.

A refusal is a 401, as documented: the API answers 403 to nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable

from commercelayer_klarna.sandbox.api.caller import Caller
from commercelayer_klarna.sandbox.api.problems import Refused, access_denied, undocumented
from commercelayer_klarna.sandbox.api.query import IncludeTree, leads_to
from commercelayer_klarna.sandbox.api.schema import EDITABLE, Action, ResourceType
from commercelayer_klarna.sandbox.api.state import Record, State

# A sales channel reads a payment source while its order is in one of these, and writes it while that can be edited.
READABLE = (*EDITABLE, "placed")


def check(caller: Caller, resource: ResourceType, action: Action, record: Record | None, state: State) -> None:
    """Refuse the action if the caller may not take it on the type, or on this record."""
    if caller.kind != "sales_channel":
        return
    if not caller.in_market:
        # Documented is that it can do nothing. unknown: in which words it is told.
        because = undocumented("the answer to a sales channel whose token names no market")
        raise Refused(access_denied(), because=because)
    if action not in resource.sales_channel:
        raise Refused(access_denied())
    order = record if resource.name == "orders" or record is None else state.follow(record.linked.get("order"))
    if order is not None and order.type == "orders":
        allowed = READABLE if action == "retrieve" else EDITABLE
        if order.attributes.get("status") not in allowed:
            raise Refused(access_denied())


def check_triggers(caller: Caller, resource: ResourceType, triggers: Iterable[str]) -> None:
    """Refuse the triggers that the catalogue keeps from sales channels. unknown: the answer to one."""
    if caller.kind == "sales_channel" and (refused := sorted(resource.prohibited.intersection(triggers))):
        raise Refused(access_denied(), because=undocumented(f"the answer to a sales channel that sends {refused[0]}"))


def check_included(caller: Caller, resource: ResourceType, tree: IncludeTree) -> None:
    """Refuse an include through which a sales channel would read what it may not. inferred: no rule is documented."""
    todo = [([resource], tree)] if caller.kind == "sales_channel" else []
    while todo:
        here, branch = todo.pop()
        for name, deeper in branch.items():
            targets = leads_to(here, name)
            if any("retrieve" not in target.sales_channel for target in targets):
                raise Refused(access_denied())
            todo.append((targets, deeper))
