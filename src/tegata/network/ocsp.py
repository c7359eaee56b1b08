"""J-LIS's OCSP responder in processes of its own, beside a network or on its data alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from granian.constants import Interfaces

from tegata.actors.jlis.ocsp_app import OcspApp
from tegata.actors.jlis.service import authorities
from tegata.network import running
from tegata.network.actors import spec_of
from tegata.network.site import Site
from tegata.network.workers import Workers, serve_workers
from tegata.node import logs
from tegata.node.node import Node
from tegata.node.settings import Settings
from tegata.node.transport import LocalApps
from tegata.pki.profiles import USAGES
from tegata.wire.problems import Refused, problem

NO_RESPONDER = problem(
    "no-ocsp-responder", 409,
    ja="有効な OCSP レスポンダーの証明書がありません。", en="There is no valid certificate of an OCSP responder.",
    do_ja="J-LIS を tegata up か tegata serve jlis で動かしてください。証明書が更新されます。",
    do_en="Run J-LIS with `tegata up` or `tegata serve jlis`: it renews the certificate.",
)  # fmt: skip


def serve(
    site: Site, settings: Settings, port: int, workers: int | None = None, *, ready: Callable[[int], None]
) -> None:
    """Serve until told to stop. ``workers``: how many processes, None for the settings' number, which ``ready`` gets.

    The roots' keys are not touched: renewing responders is left to J-LIS. Raises ``Refused``: no-ocsp-responder, and as
    :func:`serve_workers`.
    """
    with running.reading("jlis", settings, running.clock_of(site)) as node:
        _check_responders(node)
        count = workers or node.own.ocsp_workers
    make = partial(make_app, site.directory, settings)
    serve_workers(Workers(make, port, count, Interfaces.WSGI), ready=lambda: ready(count))


def _check_responders(node: Node) -> None:
    now = node.clock.now()
    for usage in USAGES:
        ends = [one.certificate.not_valid_after_utc for one in authorities.responders(node, usage).values()]
        if min(ends, default=now) <= now:
            raise Refused(NO_RESPONDER, {"usage": usage})


def make_app(directory: Path, settings: Settings) -> OcspApp:
    """The application of one process."""
    logs.configure(settings.log_format, settings.log_level)
    clock = running.clock_of(Site(directory))
    return OcspApp(Node(spec_of("jlis"), settings, clock, LocalApps()))
