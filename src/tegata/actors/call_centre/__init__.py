"""The call centre (マイナンバー総合フリーダイヤル): loss and theft at any hour (SP-04), enquiries in hours (SP-06).

The operator learns nothing of the register: what the caller says goes to J-LIS, which says whether all of it fits. See
docs/actors/call_centre.md and decision 0010. Its screen suspends; it can neither revoke nor resume.
"""

from tegata.actors.call_centre import jobs, pages
from tegata.actors.call_centre.service import figures
from tegata.actors.call_centre.settings import CallCentreSettings
from tegata.actors.call_centre.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

SPEC = ActorSpec(
    name="call_centre",
    title=Text("マイナンバー総合フリーダイヤル", "Call centre"),
    short=Text("総合フリーダイヤル", "Call centre"),
    role=Text("紛失・盗難の一時利用停止とお問い合わせ", "Suspension after loss or theft, enquiries"),
    colour="#0b6570",
    base=Base,
    handlers=pages.HANDLERS,
    jobs=jobs.JOBS,
    navigation=[
        NavItem(path="/", text=Text("電話を受ける", "Take a call"), roles=("operator", "supervisor")),
        NavItem(path="/knowledge", text=Text("案内集", "What to say"), roles=("operator", "supervisor")),
        NavItem(path="/today", text=Text("今日の状況", "Today"), roles=("operator", "supervisor")),
        NavItem(path="/before-calling", text=Text("お電話の前に", "Before you call")),
    ],
    settings_type=CallCentreSettings,
    roles={"operator": Text("オペレーター", "Operator"), "supervisor": Text("管理者", "Supervisor")},
    templates="tegata.actors.call_centre",
    health=figures.checks,
    figure=figures.figure,
    outgoing=[("jlis", ["certificates:suspend"])],
)
