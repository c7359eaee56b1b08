"""Tegata: the services around the My Number Card as an open implementation. Not the official service."""
