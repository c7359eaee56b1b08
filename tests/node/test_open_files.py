"""The bound of open files is raised as far as it may be, and never lowered."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
from tegata.node.open_files import allow_open_files
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(allow_open_files(wanted), resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("wanted", "bound"), [(50, 100), (100, 100), (150, 150), (200, 200), (5000, 200)])
def test_the_bound_is_raised_to_what_is_wanted_or_allowed(wanted: int, bound: int) -> None:
    command = [sys.executable, "-c", PROGRAM, "100", "200", str(wanted)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert said == f"{bound} ({bound}, 200)\n"
