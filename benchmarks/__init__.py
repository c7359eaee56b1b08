"""Speed, as ratios to named peers that do the same work on the same machine in the same minute.

A module ``bench_*.py`` has a function ``comparisons()``; ``python -m benchmarks`` (or ``make bench``) runs them all.
"""
