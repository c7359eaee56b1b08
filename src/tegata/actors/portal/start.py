"""What the portal does when its node is opened."""

from tegata.actors.portal.service import services
from tegata.node.node import Node
from tegata.node.settings import SettingsError


def on_start(node: Node) -> None:
    """The services of the settings stand registered; in a demonstration a sample one as well."""
    try:
        for service in node.own.services:
            services.register(node, service)
    except ValueError as error:
        raise SettingsError(f"[actors.portal]: {error}") from error
    if node.settings.demonstration:
        services.register(node, services.sample(node))
