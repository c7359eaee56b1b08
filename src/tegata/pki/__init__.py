"""See the package's page in docs/."""
