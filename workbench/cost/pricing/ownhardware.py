"""What an hour of hardware of your own costs.

Over its life a machine costs its purchase and its electricity; the hours in which it works carry all of it::

    life_hours   = life_years * 8760
    electricity  = (share_in_use * busy_watts + (1 - share_in_use) * idle_watts) / 1000 * usd_per_kwh   per hour
    usd_per_hour = purchase_usd / (life_hours * share_in_use) + electricity / share_in_use

so that `usd_per_hour * life_hours * share_in_use` is the purchase and all the electricity. A machine that is
switched off when it has nothing to do draws no `idle_watts`. Room, cooling, network and people are not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cost.pricing.machinelist import Machine, Shape

if TYPE_CHECKING:
    from workbench.cost.pricing.machinelist import OwnMachine

PREFIX = "local/here/"
HOURS_PER_YEAR = 8760.0


def usd_per_hour(own: OwnMachine, *, whole_month: bool = False) -> float:
    """Price an hour of work; see the module.

    Args:
        own: The machine.
        whole_month: Whether it never stops; then every hour of its life is one of work.
    """
    share = 1.0 if whole_month else own.share_in_use
    watts = share * own.busy_watts + (1 - share) * own.idle_watts
    purchase = own.purchase_usd / (own.life_years * HOURS_PER_YEAR * share)
    return purchase + watts / 1000 * own.usd_per_kwh / share


def basis(own: OwnMachine, *, whole_month: bool = False) -> str:
    """Say what the price of an hour is made of."""
    use = "in use all the time" if whole_month else f"in use {own.share_in_use:.0%} of the time"
    power = f"{own.busy_watts:g} W busy, {own.idle_watts:g} W idle at {own.usd_per_kwh:g} USD per kWh"
    return f"{own.purchase_usd:,.0f} USD over {own.life_years:g} years, {use}, {power}"


def as_machine(own: OwnMachine) -> Machine:
    """Give its shape as that of any machine."""
    return Machine(**own.model_dump(include=set(Shape.model_fields)))


def full_name(instance: str) -> str:
    """Write `local/<name>` in full, as `local/here/<name>`; other names stay.

    Example:
        >>> full_name("local/tower"), full_name("aws/us-east-1/m7i.large")
        ('local/here/tower', 'aws/us-east-1/m7i.large')
    """
    cloud, _, name = instance.partition("/")
    return f"{PREFIX}{name}" if cloud == "local" and name and "/" not in name else instance
