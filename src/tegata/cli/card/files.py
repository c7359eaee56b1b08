"""``tegata card sign cms|pdf`` and ``tegata card verify``."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tegata.cli.card.options import PinStdin, ReaderName, UseLastTry
from tegata.cli.errors import REFUSED, fail
from tegata.cli.language import t
from tegata.cli.options import DEFAULT_DATA, Data, Json, read_moment
from tegata.cli.output import print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from tegata.cli.card.judging import Judge, Judgement
    from tegata.pki.signed_files.signing import KeyElsewhere

BESIDE = ".p7s"
"""The ending of a signature that stands apart from what was signed (RFC 8551 section 3.2.1)."""

sign = typer.Typer(
    help=t("署名用電子証明書でファイルに署名します。", "Sign files with the card."), no_args_is_help=True
)

Input = Annotated[Path, typer.Argument(help=t("署名するファイル", "the file to sign"))]
Output = Annotated[Path | None, typer.Option("--out", help=t("書き出すファイル", "file to write to"))]


@sign.command("cms", help=t("CMS (CAdES B-B) の署名を作ります。", "Make a CMS signature (CAdES B-B)."))
def cms(
    file: Input,
    out: Output = None,
    attached: Annotated[
        bool, typer.Option("--attached", help=t("内容も署名の中に入れる", "put the content into the signature"))
    ] = False,
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
) -> None:
    """Sign any file; the signature goes beside it, as FILE.p7s (attached: FILE.p7m)."""
    from tegata.node.clock import NetworkClock  # noqa: PLC0415

    content = file.read_bytes()
    target = out or file.with_name(file.name + (".p7m" if attached else BESIDE))

    def made(signer: "KeyElsewhere") -> bytes:
        from tegata.pki.signed_files.signing import sign_cms  # noqa: PLC0415

        return sign_cms(content, signer, at=NetworkClock().now(), detached=not attached)

    _sign(made, target, reader, pin_stdin=pin_stdin, use_last_try=use_last_try)


@sign.command("pdf", help=t("PDF に署名します (PAdES B-B)。", "Sign a PDF (PAdES B-B)."))
def pdf(
    file: Input,
    out: Output = None,
    field: Annotated[
        str, typer.Option("--field", help=t("署名する欄の名前", "name of the field to sign"))
    ] = "Signature1",
    reason: Annotated[str, typer.Option("--reason", help=t("署名の理由", "reason"))] = "",
    location: Annotated[str, typer.Option("--location", help=t("署名の場所", "location"))] = "",
    reader: ReaderName = "",
    pin_stdin: PinStdin = False,
    use_last_try: UseLastTry = False,
) -> None:
    """Sign a PDF; the signed one goes beside it, as NAME.signed.pdf."""
    document = file.read_bytes()

    def made(signer: "KeyElsewhere") -> bytes:
        from tegata.pki.signed_files.signing import sign_pdf  # noqa: PLC0415

        return sign_pdf(document, signer, field=field, reason=reason, location=location)

    _sign(made, out or file.with_suffix(".signed.pdf"), reader, pin_stdin=pin_stdin, use_last_try=use_last_try)


def _sign(
    made: "Callable[[KeyElsewhere], bytes]", target: Path, reader: str, *, pin_stdin: bool, use_last_try: bool
) -> None:
    from tegata.cli.card.failures import explained_file, need_pyhanko  # noqa: PLC0415
    from tegata.cli.card.session import card_in_reader  # noqa: PLC0415

    need_pyhanko()
    from tegata.pki.signed_files.signing import KeyElsewhere  # noqa: PLC0415

    options = {"pin_stdin": pin_stdin, "use_last_try": use_last_try}
    with card_in_reader(reader, **options) as (client, entry), explained_file():
        password = entry.pin(client, "sign")
        certificate = client.read_certificate("sign", password)
        chain = [client.read_certificate("sign-ca")]
        signed = made(KeyElsewhere(certificate, lambda data: client.sign("sign", password, data), chain))
    target.write_bytes(signed)
    print_line(str(target))


def verify(
    file: Annotated[
        Path, typer.Argument(help=t("署名された PDF、または CMS の署名", "a signed PDF, or a CMS signature"))
    ],
    content: Annotated[
        Path | None,
        typer.Option(
            "--content",
            help=t(
                "署名と別にある元のファイル (FILE.p7s なら、隣の FILE)",
                "the signed file, where it stands apart; of FILE.p7s it is FILE beside it",
            ),
        ),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(
            "--trust",
            help=t(
                "tegata export pki が書いたフォルダー (なければ --data のもの)",
                "what `tegata export pki` wrote; else that of --data",
            ),
        ),
    ] = None,
    data: Data = DEFAULT_DATA,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            help=t(
                "OCSP と時刻を聞くネットワークの URL (なければ証明書にある応答者)",
                "network to ask for OCSP and the time; else the responder in the certificate",
            ),
        ),
    ] = "",
    ocsp: Annotated[bool, typer.Option("--ocsp/--no-ocsp", help=t("OCSP で聞く", "ask by OCSP"))] = True,
    at: Annotated[
        str | None, typer.Option("--at", help=t("この日時に有効だったか", "whether it was valid at this time"))
    ] = None,
    policy: Annotated[
        Literal["own", "real"],
        typer.Option(
            "--policy",
            help=t(
                "このネットワークの証明書ポリシー (own) か、本物の公的個人認証のもの (real)",
                "certificate policies of this network (own) or of the real authorities (real)",
            ),
        ),
    ] = "own",
    as_json: Json = False,
) -> None:
    """Check every signature of a file; exits with 1 unless all are valid."""
    from tegata.cli.card.failures import explained_file, need_pyhanko  # noqa: PLC0415

    need_pyhanko()
    from tegata.pki.signed_files.checking import check_cms, check_pdf, is_pdf  # noqa: PLC0415

    given = file.read_bytes()
    with explained_file():
        signatures = check_pdf(given) if is_pdf(given) else check_cms(given, _content_of(file, content))
    judge = _judge(trust, data, on, ocsp=ocsp, at=None if at is None else read_moment(at), real=policy == "real")
    verdicts = [judge.judge(one) for one in signatures]
    if as_json:
        print_json(verdicts)
    else:
        for verdict in verdicts:
            _print(verdict)
    if not all(verdict.valid for verdict in verdicts):
        raise typer.Exit(REFUSED)


def _content_of(signature: Path, named: Path | None) -> bytes | None:
    """What was signed, where it stands apart: the file that is named, or the one that the signature was put beside."""
    beside = signature.with_suffix("") if signature.suffix == BESIDE else None
    found = named or (beside if beside is not None and beside.is_file() else None)
    return None if found is None else found.read_bytes()


def _judge(trust: Path | None, data: Path, on: str, *, ocsp: bool, at: datetime | None, real: bool) -> "Judge":
    from tegata.cli.card.judging import Judge, Responder, lists_of_network, read_lists, read_roots  # noqa: PLC0415
    from tegata.pki.validation import OWN_POLICIES, REAL_POLICIES  # noqa: PLC0415

    directory = trust or data / "trust"
    now = _now(trust, data, on)
    if at is not None and at > now:
        fail(
            t(
                f"まだ来ていない日時です。今は {now:%Y-%m-%d %H:%M} です。",
                f"That time is yet to come: it is {now:%Y-%m-%d %H:%M}.",
            )
        )
    return Judge(
        roots=read_roots(directory),
        lists=lists_of_network(data) if trust is None else read_lists(directory),
        at=at or now,
        known_at=now,
        responder=Responder(on) if ocsp else None,
        policies=REAL_POLICIES if real else OWN_POLICIES,
    )


def _now(trust: Path | None, data: Path, on: str) -> datetime:
    """The time of the network that is asked, else of that of the data directory, else the real time."""
    from tegata.node.clock import NetworkClock  # noqa: PLC0415

    if on:
        from tegata.cli.remote import Remote  # noqa: PLC0415
        from tegata.network.conversation import CLOCK  # noqa: PLC0415

        with Remote(on) as remote:
            return remote.ask(CLOCK).now
    if trust is None:
        from tegata.network.running import clock_of  # noqa: PLC0415
        from tegata.network.site import Site  # noqa: PLC0415

        site = Site(data)
        site.ready()
        return clock_of(site).now()
    return NetworkClock().now()


def _print(verdict: "Judgement") -> None:
    from tegata.cli.card.words import verdict_lines  # noqa: PLC0415

    for line in verdict_lines(verdict):
        print_line(line)
