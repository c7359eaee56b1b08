"""The citizen's drawer: the people of the population, their cards, and the reader that a card is laid on.

See docs/actors/citizen.md and docs/decisions/0001-the-citizen-is-an-actor.md. Rules FI-02, FI-03.
"""

from tegata.actors.citizen import api, figures, pages
from tegata.actors.citizen.settings import CitizenSettings
from tegata.actors.citizen.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="citizen",
    title=Text("住民のひきだし", "The citizen's drawer"),
    role=Text("カードと暗証番号、カードリーダー", "Cards and PINs, the card reader"),
    colour="#7a4a1e",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    navigation=[NavItem(path="/", text=Text("カードの一覧", "Cards"))],
    settings_type=CitizenSettings,
    templates="tegata.actors.citizen",
    figure=figures.figure,
)
