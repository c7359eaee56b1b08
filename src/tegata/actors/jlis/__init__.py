"""J-LIS (地方公共団体情報システム機構): the certificate authorities, revocation, consents, the four-information answer.

See docs/actors/jlis.md. Rules FI-02 to FI-05, FI-07 to FI-09.
"""

from tegata.actors.jlis import api, jobs, pages
from tegata.actors.jlis.service import figures
from tegata.actors.jlis.settings import JlisSettings
from tegata.actors.jlis.start import on_start
from tegata.actors.jlis.tables import Base
from tegata.node.spec import ActorSpec, NavItem
from tegata.wire.text import Text

STAFF = ("operator", "auditor")

SPEC = ActorSpec(
    name="jlis",
    title=Text("J-LIS", "J-LIS"),
    role=Text("電子証明書の発行と失効、最新の４情報の提供", "Certificates, revocation, newest four attributes"),
    colour="#3f3a8c",
    base=Base,
    handlers=[*api.HANDLERS, *pages.HANDLERS],
    jobs=jobs.JOBS,
    navigation=[
        NavItem(path="/", text=Text("監視", "Monitor")),
        NavItem(path="/find", text=Text("電子証明書", "Certificates"), roles=STAFF),
        NavItem(path="/lists", text=Text("CRL", "CRLs"), roles=STAFF),
        NavItem(path="/ocsp-try", text=Text("OCSP を試す", "Try OCSP"), roles=STAFF),
        NavItem(path="/consent-numbers", text=Text("同意の状況", "Consents"), roles=STAFF),
    ],
    settings_type=JlisSettings,
    roles={"operator": Text("運用担当", "Operator"), "auditor": Text("監査担当", "Auditor")},
    on_start=on_start,
    templates="tegata.actors.jlis",
    health=figures.checks,
    figure=figures.figure,
)
