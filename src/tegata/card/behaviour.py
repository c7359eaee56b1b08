"""Where real cards and their clients differ: named switches with a default (FACTS: clients differ)."""

from typing import Literal

import msgspec


class Behaviour(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The switches of one card; they are part of its image.

    pins_survive_reselect: whether a proven PIN stays proven when the same application is selected again. Default no:
        the stricter card finds the client that forgets to verify.
    blocked_status: the answer to VERIFY of a blocked PIN. Real cards answer 6984; some clients expect ISO's 6983.
    status_of_proven_pin: the answer to VERIFY without data once the PIN is proven: ``tries`` (63Cx as ever), or
        ``ok`` (9000, as ISO/IEC 7816-4 has it).
    digest_info_without_null: whether SIGN takes a DigestInfo whose algorithm has no NULL parameter (RFC 8017 A.2.4
        lets a signer leave it out only for old formats; clients of both kinds exist).
    end_of_file: READ BINARY with an Le that reaches past the end: ``ok`` gives what there is with 9000 (clients read 17
        bytes of a 15-byte file), ``warning`` gives it with 6282.
    """

    pins_survive_reselect: bool = False
    blocked_status: Literal[0x6983, 0x6984] = 0x6984
    status_of_proven_pin: Literal["tries", "ok"] = "tries"
    digest_info_without_null: bool = True
    end_of_file: Literal["ok", "warning"] = "ok"


DEFAULT = Behaviour()
"""A card as the sources describe the real one."""
