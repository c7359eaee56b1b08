"""The models of phones that can be had: made up, in ``models.toml`` (rule SP-02)."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files

import msgspec

from tegata.japan.dates import JST


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model. ``biometrics``: whether they may stand in for the four digits; ``since``: when it came out."""

    id: str
    name: str
    biometrics: bool
    since: date = msgspec.field(name="from")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    model: tuple[Model, ...]


@cache
def every() -> tuple[Model, ...]:
    """All models of the file, in its order."""
    text = files("tegata.actors.citizen").joinpath("models.toml").read_bytes()
    return msgspec.toml.decode(text, type=_File).model


def on_sale(at: datetime) -> list[Model]:
    """The models that can be had at a time."""
    return [model for model in every() if model.since <= at.astimezone(JST).date()]


def model_of(model_id: str) -> Model | None:
    """The model of an id."""
    return next((model for model in every() if model.id == model_id), None)
