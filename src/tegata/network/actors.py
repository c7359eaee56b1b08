"""The actors of the network, in the order in which jobs of the same time run: each after the one that it hears from."""

from collections.abc import Iterable
from importlib import import_module

from tegata.node.spec import ActorSpec
from tegata.wire.problems import Refused, problem

ORDER = ("jlis", "platform", "bank", "portal", "municipality", "call_centre", "citizen")

UNKNOWN_ACTOR = problem(
    "unknown-actor", 404,
    ja="この名前の機関はありません。", en="There is no actor of this name.",
    do_ja=f"{'、'.join(ORDER)} のどれかを指定してください。", do_en=f"Name one of {', '.join(ORDER)}.",
)  # fmt: skip


def spec_of(name: str) -> ActorSpec:
    """The actor of a name. Raises ``Refused`` (unknown-actor)."""
    if name not in ORDER:
        raise Refused(UNKNOWN_ACTOR, {"name": name})
    spec: ActorSpec = import_module(f"tegata.actors.{name}").SPEC
    return spec


def specs(names: Iterable[str] = ORDER) -> list[ActorSpec]:
    """The actors of these names, imported now: a program that needs none of them starts faster."""
    return [spec_of(name) for name in names]
