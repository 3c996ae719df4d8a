"""The one place where things are made and handed on."""

from dataclasses import dataclass

from yizhan.runtime.environment import Environment
from yizhan.services.egress.dialers import Egress, make_egress
from yizhan.services.owners.vault import open_vault
from yizhan.store.lane import Lane


@dataclass(frozen=True, slots=True)
class Plant:
    """What a process runs on."""

    lane: Lane
    egress: Egress


def make_plant(environment: Environment) -> Plant:
    """Opens the vault (raises if a store with secrets has no key), the lane and the ways out."""
    open_vault()
    return Plant(Lane(), make_egress(environment.nameserver, environment.allow_networks, environment.home))
