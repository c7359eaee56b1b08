"""A responder as a process, for the tests: ``python -m tests.network.ocsp_server DIRECTORY PORT COUNT OWN SECONDS``.

``OWN`` are J-LIS's settings in JSON, ``SECONDS`` how long a connection may be quiet. Prints ``ready`` once it answers.
"""

import json
import sys
from pathlib import Path

from tegata.network import ocsp, quiet
from tegata.network.site import Site
from tests.network.workers_app import say
from tests.support import make_settings

if __name__ == "__main__":
    quiet.QUIET_SECONDS = float(sys.argv[5])  # type: ignore[misc]
    directory = Path(sys.argv[1])
    settings = make_settings(directory, actors={"jlis": json.loads(sys.argv[4])})
    ocsp.serve(Site(directory), settings, int(sys.argv[2]), int(sys.argv[3]), ready=lambda _count: say("ready"))
