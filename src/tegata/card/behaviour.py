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
    status_of_blocked_pin: the answer to VERIFY without data of a blocked PIN: ``tries`` (63C0, as of any other), or
        ``blocked`` (the status of ``blocked_status``, as ISO/IEC 7816-4 has it).
    extended_length: whether extended APDUs are taken. Clients that read a photo in one command find out here what a
        card, or a reader between, without them does: 6700.
    """

    pins_survive_reselect: bool = False
    blocked_status: Literal[0x6983, 0x6984] = 0x6984
    status_of_proven_pin: Literal["tries", "ok"] = "tries"
    digest_info_without_null: bool = True
    end_of_file: Literal["ok", "warning"] = "ok"
    status_of_blocked_pin: Literal["tries", "blocked"] = "tries"
    extended_length: bool = True


DEFAULT = Behaviour()
"""A card as the sources describe the real one."""
