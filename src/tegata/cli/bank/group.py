"""The commands of the group."""

import typer

from tegata.cli.bank import files, matching
from tegata.cli.language import t

bank = typer.Typer(help=t("銀行の仕事 (顧客、突合、変更)", "The bank's work."), no_args_is_help=True)
bank.command("import", help=t("顧客を CSV から読み込みます。", "Read customers from a CSV file."))(
    files.import_customers
)
bank.command("export", help=t("顧客を CSV に書き出します。", "Write customers to a CSV file."))(files.export_customers)
bank.command("match", help=t("CRL と顧客を突き合わせます。", "Match the CRL with the customers."))(matching.match)
bank.command("changes", help=t("更新された内容を CSV に書き出します。", "Write what changed to a CSV file."))(
    files.changes
)
