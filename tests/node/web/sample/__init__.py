"""A small actor that tests of the web use: a desk that keeps notes."""

from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text
from tests.node.web.sample import api, pages
from tests.node.web.sample.tables import Base

SPEC = ActorSpec(
    name="desk",
    title=Text("見本の窓口", "Sample desk"),
    role=Text("部品の見本と試験のための役", "Shows and tests the parts of pages"),
    colour="#0f6e6e",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    navigation=[
        NavItem(path="/", text=Text("部品の見本", "Gallery")),
        NavItem(path="/notes", text=Text("今日の仕事", "Today"), roles=("clerk",)),
        NavItem(path="/notes/new", text=Text("新しい受付", "New"), roles=("clerk",)),
    ],
    roles={"clerk": Text("窓口", "Clerk"), "chief": Text("責任者", "Chief")},
    templates="tests.node.web.sample",
    outgoing=[("desk", ["notes:read", "notes:write"])],
)
