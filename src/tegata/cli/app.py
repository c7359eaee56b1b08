"""The commands and their groups."""

import typer

from tegata.cli import reference, up
from tegata.cli.audit import audit
from tegata.cli.bank import bank
from tegata.cli.card import card
from tegata.cli.clients import clients
from tegata.cli.clock import clock
from tegata.cli.db import db
from tegata.cli.export import export
from tegata.cli.jlis import jlis
from tegata.cli.language import t
from tegata.cli.ocsp import ocsp
from tegata.cli.people import people
from tegata.cli.population import population
from tegata.cli.story import story

app = typer.Typer(
    name="tegata",
    help=t(
        "マイナンバーカードをめぐるサービスのネットワークを、１台の上で動かします。",
        "The network of services around the My Number Card, on one machine.",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up", help=t("ネットワークを作り (初回)、動かします。", "Make the network (the first time) and run it."))(
    up.up
)
app.command("serve", help=t("機関を１つだけ動かします。", "Run a single actor."))(up.serve_one)
app.command(
    "population",
    help=t(
        "住民を増やします (百万人でも)。止めても続きから。",
        "Bring a network to millions of residents; goes on where it was.",
    ),
)(population)
app.command(
    "ocsp",
    help=t(
        "J-LIS の OCSP レスポンダーだけを、複数のプロセスで動かします。",
        "Run J-LIS's OCSP responder alone, in several processes.",
    ),
)(ocsp)
app.add_typer(story, name="story")
app.add_typer(clock, name="clock")
app.add_typer(people, name="people")
app.add_typer(export, name="export")
app.add_typer(audit, name="audit")
app.add_typer(bank, name="bank")
app.add_typer(card, name="card")
app.add_typer(clients, name="clients")
app.add_typer(db, name="db")
app.add_typer(jlis, name="jlis")
app.command("problems", help=t("断るときのコードの一覧", "List the codes of refusals."))(reference.problems)
app.command("version", help=t("版を表示します。", "Show the version."))(reference.version)
