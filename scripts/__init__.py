"""Tools for those who work on Tegata itself; nothing here is installed with it."""
