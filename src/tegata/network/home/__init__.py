"""The start page: the network as a picture, its messages, its clock and its stories. No actor of the document.

It stands at ``/`` where actors run together, and sees only what passes between them, with personal data masked.
"""

from tegata.network.home import api, pages
from tegata.network.home.state import actor_checks
from tegata.network.home.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="network",
    title=Text("Tegata", "Tegata"),
    role=Text("マイナンバーカードをめぐる仕組みの全体", "The network around the My Number Card"),
    colour="#1a1a1a",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    navigation=[
        NavItem(path="/", text=Text("全体図", "The map")),
        NavItem(path="/messages", text=Text("やりとりの記録", "Messages")),
        NavItem(path="/clock", text=Text("時計", "Clock")),
        NavItem(path="/stories", text=Text("流れを見る", "Stories")),
        NavItem(path="/logins", text=Text("ログインできる窓口", "Where to log in")),
    ],
    templates="tegata.network.home",
    health=actor_checks,
)
