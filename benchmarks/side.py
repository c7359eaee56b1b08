"""A side in an interpreter of its own: ``python -m benchmarks.side MODULE:FUNCTION ARGUMENT…``.

The function does what is not to be timed (imports, opening) and returns the work, which is timed; what the work returns
is the answer. Both are told as JSON on the last line of the standard output.
"""

import importlib
import json
import sys
import time


def main(target: str, *arguments: str) -> None:
    """Time the work once."""
    module, _, name = target.partition(":")
    work = getattr(importlib.import_module(module), name)(*arguments)
    start = time.perf_counter()
    answer = work()
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "answer": answer}))


if __name__ == "__main__":
    main(*sys.argv[1:])
