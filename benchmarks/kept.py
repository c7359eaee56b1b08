"""Results that the docs show: ``docs/measured/NAME.json`` with the machine and the command, and a plot beside each."""

import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import plot
from benchmarks.result import Result, as_json

FOLDER = Path(__file__).parents[1] / "docs" / "measured"


def keep(name: str, result: Result, *, more_is_better: bool, folder: Path = FOLDER) -> None:
    """Write a result and its plot."""
    folder.mkdir(parents=True, exist_ok=True)
    command = f".venv/bin/python -m benchmarks {name} --json --size {result.size}"
    facts = {"name": name, "machine": machine(), "command": command, "more_is_better": more_is_better}
    (folder / f"{name}.json").write_text(as_json(facts | asdict(result)) + "\n", encoding="utf-8")
    (folder / f"{name}.svg").write_text(plot.svg(name, result), encoding="utf-8")


def load(folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The results that are kept, by name."""
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.json"))]


def machine() -> str:
    """What this machine is, in a line."""
    cpu = _field("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_field("/proc/meminfo", "MemTotal") or "0").split()[0]) / 2**20
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, {system}, Python {platform.python_version()}"


def _field(file: str, name: str) -> str:
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")
