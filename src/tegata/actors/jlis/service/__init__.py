"""What J-LIS does: one use case a function, one transaction each; decisions are those of :mod:`..rules`."""
