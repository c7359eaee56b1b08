"""Reading a form into a msgspec struct: every field is checked, each error is a sentence at its field."""

import types
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from tegata.node.web.visit import visit_of
from tegata.wire.problems import INVALID, Refused
from tegata.wire.text import Text

ValueT = TypeVar("ValueT", bound=msgspec.Struct)
Hint: TypeAlias = Any
"""A type as an annotation writes it; Python has no narrower name for it."""

MISSING = Text("入力してください。", "Enter this.")
NOT_CHOSEN = Text("選んでください。", "Choose one.")
NOT_A_NUMBER = Text("数字で入力してください。", "Enter a number.")
NOT_A_DATE = Text(
    "実際にある日付を、年・月・日の数字で入力してください。",
    "Enter a date that exists, as numbers for year, month and day.",
)
NO_FILE = Text("ファイルを選んでください。", "Choose a file.")
FORBIDDEN_CHARACTER = Text("使えない文字が含まれています。", "It contains a character that can not be used.")
WRONG_FORM = Text("形式が正しくありません。", "It is not in the expected form.")
DATE_PARTS = ("year", "month", "day")


class Upload(msgspec.Struct, frozen=True):
    """A file that was sent with a form."""

    name: str
    content: bytes


class Form(msgspec.Struct, Generic[ValueT], kw_only=True):
    """What was sent: ``value`` where all of it is valid, else ``errors`` by field. ``raw`` fills the form again."""

    value: ValueT | None
    errors: dict[str, Text]
    raw: dict[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the value may be used."""
        return self.value is not None and not self.errors

    def require(self) -> ValueT:
        """The value; ``Refused(INVALID)`` with the names of the wrong fields where there is none."""
        if self.value is None or self.errors:
            raise Refused(INVALID, {"fields": sorted(self.errors)})
        return self.value

    def fail(self, field: str, says: Text) -> None:
        """Add an error that a rule found."""
        self.errors[field] = says


def empty_form(raw: dict[str, Any] | None = None) -> Form[Any]:
    """A form that nobody filled in yet; ``raw`` are its first values."""
    return Form(value=None, errors={}, raw=raw or {})


def read_form(
    request: Request[Any, Any, Any], struct: type[ValueT], *, messages: dict[str, Text] | None = None
) -> Form[ValueT]:
    """The form of a POST as a struct. ``messages`` are an actor's own sentences by field.

    Text is stripped; an empty field is absent; a ``list`` takes all values of its name; a ``bool`` is a box that is
    ticked or not; a ``date`` also takes the three fields ``name-year``, ``name-month``, ``name-day``; an ``Upload`` a
    file. Nothing of it raises for what a person can send.
    """
    sent = visit_of(request).form or FormMultiDict([])
    hints = get_type_hints(struct, include_extras=True)
    raw: dict[str, Any] = {}
    values: dict[str, Any] = {}
    errors: dict[str, Text] = {}
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        given = raw_value(sent, field.name, hint, raw)
        if given is None:
            if field.required:
                errors[field.name] = (messages or {}).get(field.name) or _missing(hint)
            continue
        try:
            values[field.name] = convert_value(given, hint)
        except (msgspec.ValidationError, ValueError) as error:
            errors[field.name] = (messages or {}).get(field.name) or explain(hint, given, error)
    return Form(value=None if errors else struct(**values), errors=errors, raw=raw)


def raw_value(sent: FormMultiDict, name: str, hint: Hint, raw: dict[str, Any]) -> object:
    """What was sent for a field, None for nothing; ``raw`` keeps it for showing the form again."""
    kind = bare_type(hint)
    if kind is Upload:
        file = sent.get(name)
        return Upload(file.filename, file.file.read()) if isinstance(file, UploadFile) and file.filename else None
    if origin(kind) is list:
        raw[name] = [text for text in _texts(sent, name) if text]
        return raw[name] or None
    if kind is bool:
        raw[name] = bool(_texts(sent, name))
        return raw[name]
    if kind is date and f"{name}-year" in sent:
        return _date_of_parts(sent, name, raw)
    raw[name] = next(iter(_texts(sent, name)), "")
    return raw[name] or None


def _texts(sent: FormMultiDict, name: str) -> list[str]:
    return [value.strip() for value in sent.getall(name, []) if isinstance(value, str)]


def _date_of_parts(sent: FormMultiDict, name: str, raw: dict[str, Any]) -> str | None:
    parts = [next(iter(_texts(sent, f"{name}-{part}")), "") for part in DATE_PARTS]
    raw.update({f"{name}-{part}": text for part, text in zip(DATE_PARTS, parts, strict=True)})
    if not any(parts):
        return None
    year, month, day = (to_ascii_digits(part) for part in parts)
    return f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"


def to_ascii_digits(text: str) -> str:
    """Full-width digits as ASCII ones: both are typed on Japanese keyboards."""
    return text.translate({0xFF10 + digit: str(digit) for digit in range(10)})


def convert_value(given: object, hint: Hint) -> object:
    """A field's value. Raises ``msgspec.ValidationError`` or ``ValueError``."""
    if isinstance(given, str):
        if "\0" in given:
            raise ValueError("nul")
        given = to_ascii_digits(given) if bare_type(hint) in {int, float, date} else given
    return given if isinstance(given, Upload) else msgspec.convert(given, hint, strict=False)


def origin(hint: Hint) -> object:
    """What a type is made of: ``list`` for ``list[str]``; None for a plain one."""
    return get_origin(hint)


def bare_type(hint: Hint) -> Hint:
    """The type without ``Annotated`` and ``| None``."""
    if origin(hint) is Annotated:
        return bare_type(get_args(hint)[0])
    if origin(hint) in {Union, types.UnionType}:
        return bare_type(next(arg for arg in get_args(hint) if arg is not type(None)))
    return hint


def meta_of(hint: Hint) -> msgspec.Meta | None:
    """The msgspec bounds of a field."""
    if origin(hint) is Annotated:
        return next((extra for extra in get_args(hint)[1:] if isinstance(extra, msgspec.Meta)), None)
    if origin(hint) in {Union, types.UnionType}:
        return next((meta for arg in get_args(hint) if (meta := meta_of(arg))), None)
    return None


def _missing(hint: Hint) -> Text:
    kind = bare_type(hint)
    if kind is Upload:
        return NO_FILE
    return NOT_CHOSEN if origin(kind) in {list, Literal} else MISSING


def explain(hint: Hint, given: object, error: Exception) -> Text:
    """Why a value is not taken, for a person."""
    kind, meta = bare_type(hint), meta_of(hint)
    if isinstance(given, str) and "\0" in given:
        return FORBIDDEN_CHARACTER
    if kind is date:
        return NOT_A_DATE
    if origin(kind) is Literal:
        return NOT_CHOSEN
    if kind in {int, float}:
        return _explain_number(meta, error)
    if meta and isinstance(given, str):
        return _explain_length(meta, given)
    return WRONG_FORM


def _explain_number(meta: msgspec.Meta | None, error: Exception) -> Text:
    if meta is None or ("Expected `int` " not in str(error) and "Expected `float` " not in str(error)):
        return NOT_A_NUMBER
    low = meta.ge if meta.ge is not None else meta.gt
    high = meta.le if meta.le is not None else meta.lt
    if low is None or high is None:
        return Text("範囲の外の数です。", "The number is out of range.")
    return Text(f"{low} から {high} までの数を入力してください。", f"Enter a number from {low} to {high}.")


def _explain_length(meta: msgspec.Meta, given: str) -> Text:
    if meta.max_length is not None and len(given) > meta.max_length:
        return Text(f"{meta.max_length}文字以内で入力してください。", f"Enter at most {meta.max_length} characters.")
    if meta.min_length is not None and len(given) < meta.min_length:
        return Text(f"{meta.min_length}文字以上で入力してください。", f"Enter at least {meta.min_length} characters.")
    return WRONG_FORM
