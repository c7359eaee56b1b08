"""プラットフォーム事業者: stands between J-LIS and relying parties; knows whose certificate changed, not what.

See docs/actors/platform.md. Rules FI-02, FI-04 to FI-09.
"""

from tegata.actors.platform import api, jobs, pages
from tegata.actors.platform.service import figures
from tegata.actors.platform.settings import PlatformSettings
from tegata.actors.platform.start import on_start
from tegata.actors.platform.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="platform",
    title=Text("プラットフォーム事業者", "Platform operator"),
    role=Text(
        "失効情報と４情報の照会を、金融機関等に取り次ぎます", "Hands revocation and questions on to relying parties"
    ),
    colour="#0b5cad",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    jobs=jobs.JOBS,
    navigation=[
        NavItem(path="/", text=Text("監視", "Monitor")),
        NavItem(path="/parties", text=Text("事業者", "Relying parties"), roles=pages.STAFF),
        NavItem(path="/lists", text=Text("CRL", "CRLs"), roles=pages.STAFF),
        NavItem(path="/questions", text=Text("照会", "Questions"), roles=pages.STAFF),
        NavItem(path="/fees", text=Text("料金", "Fees"), roles=pages.STAFF),
    ],
    settings_type=PlatformSettings,
    roles={"operator": Text("運用担当", "Operator"), "auditor": Text("監査担当", "Auditor")},
    on_start=on_start,
    templates="tegata.actors.platform",
    health=figures.checks,
    figure=figures.figure,
    outgoing=[
        ("jlis", ("revocation:read", "consents:write", "consents:read", "four-information:read")),
        ("bank", ("events:write",)),
    ],
)
