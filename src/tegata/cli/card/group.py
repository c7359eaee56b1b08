"""The commands of the group."""

import typer

from tegata.cli.card import files, insert, proving, reading
from tegata.cli.language import t

card = typer.Typer(
    help=t("カードとカードリーダー (仮想のものも本物も)", "Cards and readers, virtual and real."), no_args_is_help=True
)
card.command("insert", help=t("仮想カードを仮想リーダーに置きます。", "Lay a virtual card on the virtual reader."))(
    insert.insert
)
card.command("info", help=t("カードリーダーとカード", "Readers, and the card in one."))(reading.info)
card.command("pin-status", help=t("暗証番号の残り回数", "The tries that PINs have left."))(reading.pin_status)
card.command("certificate", help=t("電子証明書を読みます。", "Read a certificate."))(reading.certificate)
card.command("attributes", help=t("基本４情報を読みます。", "Read the four attributes."))(reading.attributes)
card.command("face", help=t("顔写真を読みます。", "Read the face photo."))(reading.face)
card.command("verify-pin", help=t("暗証番号を確かめます。", "Check a PIN."))(proving.verify_pin)
card.command("change-pin", help=t("暗証番号を変えます。", "Change a PIN."))(proving.change_pin)
card.command("unblock", help=t("ロックされた暗証番号について", "What to do about a blocked PIN."))(proving.unblock)
card.command("apdu", help=t("コマンドをそのまま送ります。", "Send commands as they are."))(reading.apdu)
card.command("verify", help=t("署名されたファイルを確かめます。", "Check the signatures of a file."))(files.verify)
card.add_typer(files.sign, name="sign")
