"""The counter's use cases, one transaction each."""
