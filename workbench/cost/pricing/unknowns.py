"""What is said when the price book does not know a machine or its price: what it knows instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import PriceError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.cost.pricing.prices import PriceBook
    from workbench.params.cost import Purchase

WORDS: Mapping[str, str] = {
    "on_demand": "on demand",
    "spot": "spot",
    "commit_1y": "committed for 1 year",
    "commit_3y": "committed for 3 years",
}


def no_such_machine(book: PriceBook, instance: str) -> PriceError:
    """Explain that a machine is not in the price book; names the nearest."""
    if instance in book.prices.serverless:
        return PriceError(
            f"{instance} is a function service, no machine",
            hint="name the machine that trains as cost.instance, and set cost.purchase: serverless",
        )
    known = (*book.instances, *book.examples)
    same_type = [name for name in known if name.rsplit("/", 1)[-1] == instance.rsplit("/", 1)[-1]]
    hint = f"did you mean {same_type[0]}?" if same_type else nearest(instance, known)
    return PriceError(
        f"no machine {instance} in the price book",
        expected="cloud/region/type",
        hint=hint or "list them with `workbench prices`",
    )


def no_price(book: PriceBook, instance: str, purchase: Purchase | None = None) -> PriceError:
    """Explain that a machine has no known price, at all or for one way to pay."""
    if purchase is None:
        return PriceError(f"the price of {instance} is unknown", hint=_nearest_priced(book, instance, "on_demand"))
    return PriceError(
        f"the price of {instance} {WORDS[purchase]} is unknown",
        expected=f"cost.purchase: one of {', '.join(book.purchases(instance))}",
        hint=_nearest_priced(book, instance, purchase),
    )


def _nearest_priced(book: PriceBook, instance: str, purchase: Purchase) -> str | None:
    """Name the machine most like this one, in the same region, whose price is known."""
    machine, region = book.machine(instance), instance.rsplit("/", 1)[0]
    like = [known for known in book.instances if known.startswith(f"{region}/") and book.is_known(known, purchase)]
    like = [known for known in like if book.machine(known).accelerator == machine.accelerator] or like
    closest = min(like, key=lambda known: abs(book.machine(known).vcpus - machine.vcpus), default=None)
    return f"{closest} has one" if closest else None
