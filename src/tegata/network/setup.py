"""A network made from nothing: keys, roots, people with their cards, customers, consents, the first CRLs.

Everything is made on the day before the network's first moment, by the rules of the single case; then the clock goes
to that moment, so consents are in force and the lists of the morning were issued and fetched.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import msgspec

from tegata.japan.dates import JST
from tegata.network import accounts, crldp, seeding
from tegata.network.assembly import Network
from tegata.network.phases import Phases
from tegata.network.running import open_all
from tegata.network.site import Record, Site
from tegata.node.clock import NetworkClock
from tegata.node.settings import Settings
from tegata.wire.text import Text

LEAD = timedelta(days=1)
"""A consent is in force from the day after it was given."""


def first_day(start: datetime | None) -> date:
    """The day on which everything is made, and people have their ages."""
    return ((start or NetworkClock().now()) - LEAD).astimezone(JST).date()


def make(site: Site, record: Record, settings: Settings, start: datetime | None, phase: Phases) -> None:
    """Make a network that first runs at ``start`` (the real time if None); whatever was half made here goes first.

    ``record`` says of what (``on``: see :func:`first_day`); its state is ``making`` until all stands. The site is held.
    """
    begin = (start or NetworkClock().now()) - LEAD
    record = msgspec.structs.replace(record, state="making")
    if site.record is not None:
        site.clear(settings)
    site.write(record)
    quick = msgspec.structs.replace(settings, durable=False)
    clock = NetworkClock(site.clock_file, start=begin, frozen=True)
    with phase(Text("データベースと認証局", "Databases and authorities")):
        network = open_all(quick, clock)
    try:
        _fill(network, record, phase)
        with phase(Text("最初の朝まで時計を進める", "The clock goes to the first morning")):
            network.scheduler.advance_to(start or NetworkClock().now())
            clock.run()
    finally:
        network.close()
    site.write(msgspec.structs.replace(record, state="ready"))


def _fill(network: Network, record: Record, phase: Phases) -> None:
    network.register_clients()
    crldp.write(network)
    with ThreadPoolExecutor(1) as beside:
        # Passwords take a while to hash, on purpose.
        staff = beside.submit(_open_accounts, network, record)
        seeding.fill(network, record, phase)
        with phase(Text("職員のアカウント", "Staff accounts")):
            staff.result()


def _open_accounts(network: Network, record: Record) -> None:
    """Staff to try things as, in a demonstration."""
    if network.settings.demonstration:
        for name, people in accounts.demonstration(record).items():
            accounts.create(network[name], people)
