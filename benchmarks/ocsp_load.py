"""Load by wrk: many different requests in turn, for a few seconds."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tegata.pki.ocsp import encode_get

CONNECTIONS = 32

_MAKE = {
    "GET": 'wrk.format("GET", line)',
    "POST": """wrk.format("POST", "{prefix}", {["Content-Type"] = "application/ocsp-request"},
      (line:gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end)))""",
}
_ASK = """
-- Else it would try with a connection that sends nothing, after which openssl spins for ever.
function wrk.connect() return true end
local made, at = {}, 0
function request()
  if at == 0 then
    for line in io.lines("{listed}") do made[#made + 1] = {make} end
  end
  at = at % #made + 1
  return made[at]
end
"""
_DONE = """
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\\n', summary.requests,
    summary.duration / 1e6, e.connect + e.read * 0 + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""
_PACE = """
local wait = {wait}
function delay() local low = math.floor(wait); if math.random() < wait - low then low = low + 1 end; return low end
"""
_PASSES = """
local ffi, answered = require("ffi"), 0
ffi.cdef "int getpid(void); int kill(int pid, int signal);"
function response()
  answered = answered + 1
  if answered == {count} then ffi.C.kill(ffi.C.getpid(), 2) end  -- as Ctrl+C: it ends and says what was till then
end
"""


class LoadFailed(Exception):
    """Some requests were not answered with 200, so the figure says nothing."""


@dataclass(frozen=True)
class Load:
    """What came of it; the percentiles of the latency in milliseconds."""

    per_second: float
    p50: float
    p99: float


def script(
    path: Path, method: str, prefix: str, requests: Sequence[bytes], *, wait_ms: float = 0, passes: int = 0
) -> Path:
    """A script for wrk that sends the requests in turn, so many times where ``passes`` are given.

    ``wait_ms``: how long each connection waits after an answer, on average; wrk itself waits whole milliseconds.
    """
    listed = path.with_suffix(".txt")
    lines = (f"{prefix}/{encode_get(each)}" if method == "GET" else each.hex() for each in requests)
    listed.write_text("\n".join(lines), encoding="ascii")
    parts = [_ASK, _PACE if wait_ms else "", _PASSES if passes else "", _DONE]
    blanks = {
        "{make}": _MAKE[method], "{prefix}": prefix, "{listed}": str(listed), "{count}": str(passes * len(requests)),
        "{wait}": str(wait_ms),
    }  # fmt: skip
    written = "".join(parts)
    for blank, filling in blanks.items():
        written = written.replace(blank, filling)
    path.write_text(written, encoding="ascii")
    return path


def load(url: str, written: Path, seconds: int, connections: int = CONNECTIONS) -> Load:
    """Put load on a server. Raises :class:`LoadFailed`."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", str(written), url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 30)
    if done.returncode != 0:
        raise LoadFailed(done.stdout + done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    if told["failed"] or not told["requests"]:
        raise LoadFailed(done.stdout)
    return Load(told["requests"] / told["seconds"], told["p50"], told["p99"])
