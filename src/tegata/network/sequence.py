"""A sequence diagram of messages as SVG, with nothing but text and lines, so that it reads in any viewer.

Lifelines stand in the order of the document's figure (citizen and municipality left, J-LIS in the middle, banks right);
time runs down; a message's circled number is the figure's own.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from html import escape

import msgspec

from tegata.node.observer import Message
from tegata.wire.text import Language

COLUMN = 176
ROW = 34
TOP = 96
LEFT = 96
MARGIN = 48
NOTICE = "Tegata — これは公式のサービスではありません (not the official service)"


class Lifeline(msgspec.Struct, frozen=True):
    """A participant: its key in the messages, the name shown and its colour (``#rrggbb``)."""

    key: str
    title: str
    colour: str


def draw(title: str, lifelines: Sequence[Lifeline], messages: Iterable[Message], language: Language = "ja") -> str:
    """The diagram as one SVG document; lifelines without a message are left out.

    Raises ``KeyError`` where a message names a lifeline that is not given.
    """
    shown = list(messages)
    used = {key for message in shown for key in (message.sender, message.receiver)}
    known = {lifeline.key for lifeline in lifelines}
    if unknown := used - known:
        raise KeyError(f"no lifeline for {sorted(unknown)}")
    lines = [lifeline for lifeline in lifelines if lifeline.key in used]
    x = {lifeline.key: LEFT + MARGIN + COLUMN * i for i, lifeline in enumerate(lines)}
    width = LEFT + 2 * MARGIN + COLUMN * max(len(lines) - 1, 1) + 72
    height = TOP + ROW * (len(shown) + 1) + MARGIN
    parts = [_open(width, height, title)]
    parts += [_lifeline(lifeline, x[lifeline.key], height) for lifeline in lines]
    day = None
    for row, message in enumerate(shown, start=1):
        parts.append(_message(message, x, TOP + ROW * row, width, language, new_day=message.at.date() != day))
        day = message.at.date()
    parts.append(_text(MARGIN, height - 14, NOTICE, size=11, colour="#626264"))
    return "\n".join([*parts, "</svg>\n"])


def _open(width: int, height: int, title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f"role=\"img\" font-family=\"'Noto Sans JP', 'Noto Sans CJK JP', sans-serif\">\n"
        f"<title>{escape(title)}</title>\n"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#1a1a1c"/></marker></defs>\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n' + _text(MARGIN, 30, title, size=18, weight=700)
    )


def _lifeline(lifeline: Lifeline, x: int, height: int) -> str:
    box = f'<rect x="{x - 78}" y="48" width="156" height="32" rx="6" fill="{lifeline.colour}"/>'
    name = _text(x, 69, lifeline.title, size=13, anchor="middle", colour="#ffffff", weight=700)
    line = f'<line x1="{x}" y1="80" x2="{x}" y2="{height - MARGIN}" stroke="{lifeline.colour}" stroke-dasharray="3 4"/>'
    return f"{box}{name}\n{line}"


def _message(message: Message, x: dict[str, int], y: int, width: int, language: Language, *, new_day: bool) -> str:
    start, end = x[message.sender], x[message.receiver]
    clock = f"{message.at:%m-%d %H:%M}" if new_day else f"{message.at:%H:%M:%S}"
    when = _text(12, y + 4, clock, size=11, colour="#626264", weight=700 if new_day else 400)
    took = (
        _text(width - 12, y + 4, f"{message.ms:.0f} ms", size=11, anchor="end", colour="#626264") if message.ms else ""
    )
    refused = "" if message.status < 400 else f" ✕ {message.outcome}"
    label = f"{message.step} {message.label.to(language)}{refused}".strip()
    colour = "#1a1a1c" if not refused else "#c9252d"
    if start == end:
        path = f'<path d="M{start} {y - 8}h24v10h-20" fill="none" stroke="{colour}" marker-end="url(#head)"/>'
        return f"{when}{path}{_text(start + 32, y + 2, label, colour=colour)}{took}"
    line = f'<line x1="{start}" y1="{y}" x2="{end}" y2="{y}" stroke="{colour}" marker-end="url(#head)"/>'
    middle, wide = (start + end) // 2, _columns(label) * 6 + 4
    behind = f'<rect x="{middle - wide // 2}" y="{y - 18}" width="{wide}" height="15" fill="#ffffff" opacity="0.85"/>'
    return f"{when}{line}{behind}{_text(middle, y - 6, label, anchor='middle', colour=colour)}{took}"


def _columns(text: str) -> int:
    """Columns of a monospaced font: full-width characters count two."""
    return sum(2 if unicodedata.east_asian_width(c) in "FWA" else 1 for c in text)


def _text(
    x: int, y: int, text: str, *, size: int = 12, anchor: str = "start", colour: str = "#1a1a1c", weight: int = 400
) -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
