"""A file that can not be signed, or holds no signature that can be read."""

from collections.abc import Mapping
from typing import ClassVar

from tegata.pki.refusals import Advice, Refused

_ANOTHER = ("ファイルを確かめてください。", "Check the file.")


class FileRefused(Refused):
    """A file is not taken. Codes: the keys of :attr:`ADVICE`."""

    ADVICE: ClassVar[Mapping[str, Advice]] = {
        "pdf-unreadable": Advice(
            "PDF として扱えません。", "It can not be used as a PDF.",
            "壊れていないか、暗号化されていないか、署名する欄がすでに使われていないかを確かめてください。",
            "It may be broken or encrypted, or the field to sign is used already.",
        ),
        "cms-unreadable": Advice(
            "CMS の署名として読み取れません。", "It can not be read as a CMS signature.", *_ANOTHER
        ),
        "not-signed": Advice("署名がありません。", "There is no signature.", *_ANOTHER),
        "content-missing": Advice(
            "署名された内容がこのファイルにありません。", "The content that was signed is not in this file.",
            "--content で元のファイルを指定してください。", "Name the file that was signed with --content.",
        ),
        "content-twice": Advice(
            "署名された内容は、このファイルの中にあります。", "The content that was signed is in this file.",
            "--content を付けずに確かめてください。", "Check it without --content.",
        ),
    }  # fmt: skip
