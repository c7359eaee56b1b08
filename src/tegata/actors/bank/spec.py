"""What the bank is made of: pages, interfaces, jobs, tables, settings."""

from tegata.actors.bank import api, jobs, pages
from tegata.actors.bank.service import figures
from tegata.actors.bank.settings import BankSettings
from tegata.actors.bank.start import on_start
from tegata.actors.bank.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

STAFF = ("clerk", "supervisor")

SPEC = ActorSpec(
    name="bank",
    title=Text("てがた銀行", "Tegata Bank"),
    role=Text("金融機関等：お客さま情報を最新にする", "Relying party: keeps its customers' details up to date"),
    colour="#7a4b00",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    jobs=jobs.JOBS,
    navigation=[
        NavItem(path="/", text=Text("監視", "Monitor")),
        NavItem(path="/changes", text=Text("今日の変更", "Changes"), roles=STAFF),
        NavItem(path="/customers", text=Text("顧客", "Customers"), roles=STAFF),
        NavItem(path="/campaigns", text=Text("同意のお願い", "Asking for consent"), roles=STAFF),
        NavItem(path="/effect", text=Text("効果", "Effect"), roles=STAFF),
        NavItem(path="/settings", text=Text("設定", "Settings"), roles=STAFF),
    ],
    settings_type=BankSettings,
    roles={"clerk": Text("事務担当", "Clerk"), "supervisor": Text("責任者", "Supervisor")},
    on_start=on_start,
    templates="tegata.actors.bank",
    health=figures.checks,
    figure=figures.figure,
    outgoing=[
        (
            "platform",
            ("revocation:read", "consents:write", "consents:read", "changes:read", "four-information:read"),
        ),
        ("portal", ("invitations:write",)),
    ],
)
