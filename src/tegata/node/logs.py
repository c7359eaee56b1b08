"""Logs without personal data: events with codes, as JSON or for a terminal."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import structlog
from structlog.typing import EventDict

PERSONAL = frozenset(
    {
        "account_number", "address", "assertion", "attributes", "authorization", "birth_date", "birthdate", "body",
        "commands", "cookie", "dpop", "email", "family_name", "former_name", "four", "gender", "given_name", "holder",
        "holder_name", "jws", "kana", "my_number", "name", "name_kana", "new_pin", "old_pin", "password", "pem",
        "phone", "phone_id", "pin", "postal_code", "previous_name", "resident_code", "responses",
        "secret", "sign_password", "token",
    }
)  # fmt: skip
"""Names of fields whose values are never logged or shown."""

MASK = "●●●"
_SECRET_IN_PATH = re.compile(r"(?<![0-9A-Za-z])([0-9]{11,12}|p[0-9a-f]{32})(?![0-9A-Za-z])")
"""Numbers as long as those of persons (resident codes, My Numbers), and ids of phones, which open what they name."""
LONGEST_SHOWN = 120


def masked(value: object, *, personal: bool = False) -> object:
    """A JSON-like tree with personal values masked, and long texts (tokens, certificates) told by their length."""
    if isinstance(value, Mapping):
        return {key: masked(item, personal=personal or str(key).lower() in PERSONAL) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item, personal=personal) for item in value]
    if personal and value not in (None, "", True, False):
        return MASK
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        return f"… {len(value)}"
    return value


def masked_path(path: str) -> str:
    """A path without its query, and without what names a person or opens something."""
    return _SECRET_IN_PATH.sub(MASK, path.partition("?")[0])


def masked_body(content: bytes, media_type: str) -> object:
    """A message's body for people who watch; what is not JSON is told by its length only."""
    if not content:
        return None
    if media_type.endswith("json"):
        try:
            return masked(msgspec.json.decode(content))
        except msgspec.DecodeError:
            pass
    return f"{media_type} … {len(content)}"


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Mask what an event says, whoever says it."""
    name = event.pop("event", "")
    return {"event": name, **{key: masked(value, personal=key.lower() in PERSONAL) for key, value in event.items()}}


def _drop_exception_text(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keeps where an exception came from, not its message: a message may quote what a person typed."""
    information = event.pop("exc_info", None)
    error = sys.exc_info()[1] if information is True else information
    if isinstance(error, BaseException):
        event["code"] = type(error).__name__
        event["where"] = _places(error)
    return event


def _places(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-8:]


def configure(form: Literal["json", "console"], level: str = "info") -> None:
    """Set up logging of the whole process, on standard error. Times are the machine's: logs are about the machine."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            _drop_exception_text,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(**bound: str) -> structlog.stdlib.BoundLogger:
    """A logger that adds ``bound`` to each event."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger(**bound)
    return found


# structlog's own default prints local variables with an exception: names and addresses among them.
configure("console")
