"""Where the CRL of each distribution point's name is found: JPKI's names are of a municipality, without an address."""

import json
from collections.abc import Iterator

from tegata.japan.municipalities import all_municipalities
from tegata.network.assembly import Network
from tegata.node.messages import fill_path
from tegata.node.trust import NAMES_FILE
from tegata.pki.names import partition_name, root_name
from tegata.pki.profiles import USAGES
from tegata.wire.revocation import CRL


def write(network: Network) -> None:
    """Write the table of names and URLs into the trust directory."""
    jlis = network.settings.base_url_of(CRL.to)
    file = network.settings.trust_directory / NAMES_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    # A JSON string is a TOML string too, with the same escapes.
    lines = [f"{json.dumps(name)} = {json.dumps(jlis + path)}" for name, path in _names()]
    fresh.write_text("\n".join(["[names]", *lines, ""]), encoding="utf-8")
    fresh.replace(file)


def _names() -> Iterator[tuple[str, str]]:
    for usage in USAGES:
        yield root_name(usage).rfc4514_string(), fill_path(CRL.path, {"usage": usage, "partition": "authority"})
        for place in all_municipalities():
            path = fill_path(CRL.path, {"usage": usage, "partition": place.code})
            yield partition_name(usage, place).rfc4514_string(), path
