"""The map: where each actor stands and which lines run between them, as in the figure of attachment 7.

Citizen and municipality stand left, J-LIS in the middle, the platform operator and the bank right; the call centre
stands above, between the citizen and J-LIS, and the portal has a field of its own.
"""

from dataclasses import dataclass
from typing import NamedTuple

from tegata.network.home.state import Home, figures
from tegata.node.web.actor_css import text_on
from tegata.wire.text import Language, Text

WIDTH, HEIGHT = 1040, 502
TOP = -32
"""Where the picture begins, above the boxes of the upper row: room for the line from the citizen to the portal."""
BOX_WIDTH, BOX_HEIGHT = 184, 96


class Place(NamedTuple):
    """The middle of a box."""

    x: int
    y: int


PLACES: dict[str, Place] = {
    "citizen": Place(112, 92),
    "municipality": Place(112, 330),
    "jlis": Place(392, 330),
    "platform": Place(660, 330),
    "bank": Place(928, 330),
    "call_centre": Place(336, 92),
    "portal": Place(576, 92),
}


class Edge(NamedTuple):
    """A line between two actors, as an SVG path from the first to the second, with its word.

    ``label_y``: where the words of a message on its way stand, if not above it: between boxes there is no room.
    """

    one: str
    other: str
    path: str
    word: Text
    word_x: int
    word_y: int
    steps: str = ""
    label_y: int = 0


EDGES: tuple[Edge, ...] = (
    Edge("citizen", "municipality", "M112 140V282", Text("異動の届出・カード", "Moves, card"), 122, 216, "①"),
    Edge("municipality", "jlis", "M204 330H300", Text("失効・4情報", "Revocation"), 252, 268, "②", 402),
    Edge("platform", "jlis", "M568 330H484", Text("CRL・照会", "CRL, questions"), 526, 268, "③⑥", 402),
    Edge("bank", "platform", "M836 330H752", Text("通知・照会", "Push, questions"), 794, 268, "④⑤", 402),
    Edge("citizen", "call_centre", "M204 92H244", Text("電話", "Call"), 224, 36, "", 36),
    Edge("citizen", "portal", "M112 44C128 -18 560 -18 576 44", Text("申込み・失効", "Applies, revokes"), 344, -10),
    Edge("call_centre", "jlis", "M352 140L378 282", Text("一時利用停止", "Suspension"), 414, 180),
    Edge("portal", "jlis", "M540 140L424 282", Text("本人・同意", "Holder, consent"), 512, 216),
    Edge("bank", "portal", "M928 282C928 150 820 92 668 92", Text("QRレター", "QR letters"), 862, 128),
    Edge("bank", "jlis", "M928 378C928 452 392 452 392 378", Text("OCSP", "OCSP"), 660, 424),
)


@dataclass(frozen=True)
class Box:
    """An actor on the map."""

    name: str
    title: Text
    short_title: Text
    role: Text
    colour: str
    ink: str
    figure: str
    left: int
    top: int


def boxes(home: Home, language: Language) -> list[Box]:
    """The actors that run here, with their living figures."""
    living = {one.name: one.figure for one in figures(home, language)}
    return [
        Box(
            name=name, title=node.spec.title, short_title=node.spec.short_title, role=node.spec.role,
            colour=node.spec.colour, ink=text_on(node.spec.colour), figure=living.get(name, ""),
            left=PLACES[name].x - BOX_WIDTH // 2, top=PLACES[name].y - BOX_HEIGHT // 2,
        )
        for name, node in home.actors.items()
        if name in PLACES
    ]  # fmt: skip


def edges(home: Home) -> list[Edge]:
    """The lines between actors that run here."""
    return [edge for edge in EDGES if edge.one in home.actors and edge.other in home.actors]
