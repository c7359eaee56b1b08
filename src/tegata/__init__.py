"""Tegata: the network of services around Japan's My Number Card, as an open implementation. Not the official service."""
