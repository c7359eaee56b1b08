"""マイナポータル: login with card or phone, consents, who saw what, certificates of card and phone.

See docs/actors/portal.md. Rules FI-09, FI-10, SP-01, SP-03, SP-05.
"""

from tegata.actors.portal import api, jobs, oidc, pages
from tegata.actors.portal.service import figures
from tegata.actors.portal.settings import PortalSettings
from tegata.actors.portal.start import on_start
from tegata.actors.portal.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="portal",
    title=Text("マイナポータル", "Portal"),
    role=Text("ご自分の同意と記録を確かめるところ", "Where people see their consents and records"),
    colour="#a3195b",
    base=Base,
    handlers=[*api.HANDLERS, *oidc.HANDLERS, *pages.HANDLERS],
    jobs=jobs.JOBS,
    navigation=[
        NavItem(path="/", text=Text("いますること", "Now")),
        NavItem(path="/consents", text=Text("同意の提供状況", "Consents")),
        NavItem(path="/accesses", text=Text("誰が見たか", "Who saw what")),
        NavItem(path="/card", text=Text("カードとスマートフォン", "Card and phone")),
        NavItem(path="/developers", text=Text("開発者の方へ", "For developers")),
    ],
    settings_type=PortalSettings,
    on_start=on_start,
    templates="tegata.actors.portal",
    health=figures.checks,
    figure=figures.figure,
    outgoing=[("jlis", ("consents:write", "holders:read", "holders:certificate", "phones:write"))],
)
