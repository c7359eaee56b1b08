"""A responder as a process, for the tests: ``python -m tests.network.ocsp_server DIRECTORY PORT COUNT OWN``.

``OWN`` are J-LIS's settings in JSON. Prints ``ready`` once it answers. Slow bodies are ended soon.
"""

import json
import sys
from pathlib import Path

from tegata.actors.jlis import ocsp_app
from tegata.network import ocsp
from tegata.network.site import Site
from tests.network.workers_app import say
from tests.support import make_settings

BODY_SECONDS = 0.5

if __name__ == "__main__":
    ocsp_app.BODY_SECONDS = BODY_SECONDS  # type: ignore[misc]
    directory = Path(sys.argv[1])
    settings = make_settings(directory, actors={"jlis": json.loads(sys.argv[4])})
    ocsp.serve(Site(directory), settings, int(sys.argv[2]), int(sys.argv[3]), ready=lambda _count: say("ready"))
