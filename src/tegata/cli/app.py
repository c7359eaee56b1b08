"""The commands and their groups."""

import typer

from tegata.cli import up
from tegata.cli.language import t

app = typer.Typer(
    name="tegata",
    help=t(
        "マイナンバーカードをめぐるサービスのネットワークを、１台の上で動かします。",
        "The network of services around the My Number Card, on one machine.",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up", help=t("ネットワークを作り (初回)、動かします。", "Make the network (the first time) and run it."))(
    up.up
)
app.command("serve", help=t("機関を１つだけ動かします。", "Run a single actor."))(up.serve_one)
