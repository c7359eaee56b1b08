"""``tegata problems`` and ``tegata version``."""

from importlib import import_module, metadata
from pkgutil import walk_packages

from tegata.cli.language import t
from tegata.cli.options import Json
from tegata.cli.output import print_json, print_line, print_table


def problems(as_json: Json = False) -> None:
    """List every refusal: its code, its HTTP status, what it says and what to do."""
    import tegata  # noqa: PLC0415
    from tegata.wire.problems import REGISTRY  # noqa: PLC0415

    for module in walk_packages(tegata.__path__, "tegata."):
        if ".migrations" not in module.name and not module.name.endswith(("__main__", ".hsm")):
            import_module(module.name)
    known = sorted(REGISTRY.values(), key=lambda one: one.code)
    if as_json:
        print_json(known)
        return
    columns = (
        t("コード", "code"),
        t("状態", "status"),
        t("何が起きたか", "what happened"),
        t("どうするか", "what to do"),
    )
    print_table(columns, [(one.code, one.status, t(one.title), t(one.advice)) for one in known])


def version() -> None:
    """Print the version."""
    print_line(metadata.version("tegata"))
