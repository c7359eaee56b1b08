"""The citizen's drawer: the people of the population, their cards and phones, and the reader they are laid on.

See docs/actors/citizen.md and docs/decisions/0001-the-citizen-is-an-actor.md. Rules FI-02, FI-03, SP-01 to SP-06.
"""

from tegata.actors.citizen import api, figures, pages
from tegata.actors.citizen.settings import CitizenSettings
from tegata.actors.citizen.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="citizen",
    title=Text("住民のひきだし", "The citizen's drawer"),
    role=Text("カードとスマートフォン、カードリーダー", "Cards and phones, the card reader"),
    colour="#7a4a1e",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    navigation=[
        NavItem(path="/", text=Text("カードとスマートフォン", "Cards and phones")),
        NavItem(path="/phones", text=Text("スマートフォンのアプリ", "Apps on phones")),
    ],
    settings_type=CitizenSettings,
    templates="tegata.actors.citizen",
    figure=figures.figure,
    one_process=True,  # a card under power knows which PINs were shown to it
)
