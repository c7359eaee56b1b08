"""The municipality (市区町村): the resident register, the counter, cards and their certificates.

One actor serves all municipalities; a staff member belongs to one and sees its residents only. See
docs/actors/municipality.md. Rule FI-03.
"""

from tegata.actors.municipality import figures, pages, seed
from tegata.actors.municipality.settings import MunicipalitySettings
from tegata.actors.municipality.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="municipality",
    title=Text("市区町村", "Municipality"),
    role=Text("住民記録と窓口", "Resident register and counter"),
    colour="#1d6b3c",
    base=Base,
    handlers=pages.HANDLERS,
    navigation=[
        NavItem(path="/", text=Text("窓口", "Counter")),
        NavItem(path="/work", text=Text("今日の仕事", "Today's work"), roles=("clerk",)),
    ],
    settings_type=MunicipalitySettings,
    roles={"clerk": Text("窓口担当", "Clerk"), "number": Text("個人番号の取扱担当", "May see My Numbers")},
    on_start=seed.show_counters,
    templates="tegata.actors.municipality",
    figure=figures.figure,
    outgoing=[
        ("jlis", ["residents:write", "certificates:issue"]),
        ("citizen", ["cards:terminal"]),
    ],
)
