"""Speed and memory, as ratios to named peers that do the same work on the same machine in the same minute.

A module ``bench_crl_write.py`` is the benchmark ``crl-write``: its ``UNIT``, its default ``SIZE``, whether
``MORE_IS_BETTER``, and ``run``. ``python -m benchmarks`` (or ``make bench``) runs them all.
"""
