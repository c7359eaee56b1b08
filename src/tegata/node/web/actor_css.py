"""The actor's colour as a style sheet: the content security policy leaves no place for it in the page."""

from typing import Final

from litestar import get
from litestar.response import Response

from tegata.node.node import Node

WHITE: Final = "#ffffff"
BLACK: Final = "#000000"


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2.2). Raises ``ValueError`` for another form."""
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"a colour has the form #rrggbb: {colour}")
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """White or black, whichever is read better on a colour; the better one always has a ratio of 4.5 or more."""
    return WHITE if contrast(colour, WHITE) >= contrast(colour, BLACK) else BLACK


@get("/actor.css", opt={"machine": True}, sync_to_thread=False)
def actor_css(node: Node) -> Response[bytes]:
    """The custom properties of the band."""
    colour = node.spec.colour
    edge = colour if contrast(colour, WHITE) >= 3 else "#333333"
    css = f":root {{ --actor-colour: {colour}; --actor-edge: {edge}; --actor-text: {text_on(colour)}; }}\n"
    return Response(css.encode(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})
