"""The bank's use cases, a module each."""
