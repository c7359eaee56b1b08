"""Where the pages of phones stand: a host name, since WebAuthn takes no IP address as relying party.

See docs/decisions/0008-phone-pages-on-localhost.md.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from tegata.node.node import Node

LOOPBACK, NAME = "127.0.0.1", "localhost"


def of(node: Node) -> str:
    """Scheme, host and port, as a browser names the origin of a phone's pages."""
    configured: str = node.own.phone_origin
    if configured:
        return configured.rstrip("/")
    parts = urlsplit(node.base_url)
    host = f"{NAME}:{parts.port}" if parts.hostname == LOOPBACK and parts.port else parts.netloc
    return f"{parts.scheme}://{NAME if parts.netloc == LOOPBACK else host}"


def base_url(node: Node) -> str:
    """The actor's base URL at the origin of phones."""
    return of(node) + urlsplit(node.base_url).path


def rp_id(node: Node) -> str:
    """The relying party's id: the host name."""
    return urlsplit(of(node)).hostname or ""


def takes_webauthn(node: Node) -> bool:
    """Whether WebAuthn can be had there: a host name, over https or on this machine (W3C: a secure context)."""
    host, scheme = rp_id(node), urlsplit(of(node)).scheme
    return not _is_address(host) and (scheme == "https" or host == NAME or host.endswith(f".{NAME}"))


def is_elsewhere(node: Node, host: str) -> bool:
    """Whether a request came to the actor's own address while phones are at another one (``host``: its Host header).

    Any other host is left alone: behind a proxy it need not be the one that the browser asked.
    """
    own = urlsplit(node.base_url).netloc
    return host == own and own != urlsplit(of(node)).netloc


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
