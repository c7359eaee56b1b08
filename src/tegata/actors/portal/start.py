"""What the portal does when its node is opened."""

from tegata.actors.portal.service import certificate_logins, services
from tegata.node.node import Node
from tegata.node.settings import SettingsError


def on_start(node: Node) -> None:
    """The TLS front's secret is read. The services of the settings stand registered; a demonstration has a sample."""
    certificate_logins.read_secret(node)
    try:
        for service in node.own.services:
            services.register(node, service)
    except ValueError as error:
        raise SettingsError(f"[actors.portal]: {error}") from error
    if node.settings.demonstration:
        services.register(node, services.sample(node))
