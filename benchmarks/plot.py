"""A result as SVG: a dot for each side on a logarithmic axis, as times differ by orders of magnitude."""

import math
from html import escape

from benchmarks.result import Result

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 720, 250, 90, 26, 44, 34
OURS, THEIRS, GRID, TEXT = "#3f3a8c", "#8a8a8a", "#d9d9d9", "#1a1a1c"


def svg(name: str, result: Result) -> str:
    """The plot: ours above, then the peers in the order of their figures."""
    sides = [("Tegata", result.ours), *sorted(result.peers.items(), key=lambda side: side[1])]
    low, high = _decades([figure for _, figure in sides])
    height = TOP + ROW * len(sides) + BOTTOM
    title = f"{name}, {result.size:,}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="14" '
        f'font-family="sans-serif" fill="{TEXT}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-weight="bold">{escape(title)} ({escape(result.unit)})</text>',
        *(_grid_line(10.0**decade, low, high, height) for decade in range(low, high + 1)),
        *(_row(place, side, figure, low, high) for place, (side, figure) in enumerate(sides)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _decades(figures: list[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(figures)))
    return low, max(math.ceil(math.log10(max(figures))), low + 1)


def _x(figure: float, low: int, high: int) -> float:
    share = (math.log10(figure) - low) / (high - low)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _grid_line(figure: float, low: int, high: int, height: int) -> str:
    x = _x(figure, low, high)
    line = f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height - BOTTOM}" stroke="{GRID}"/>'
    return f'{line}<text x="{x}" y="{height - 12}" text-anchor="middle" font-size="12">{figure:g}</text>'


def _row(place: int, side: str, figure: float, low: int, high: int) -> str:
    x, y = _x(figure, low, high), TOP + ROW * place + ROW // 2
    colour = THEIRS if place else OURS
    return (
        f'<text x="{LEFT - 12}" y="{y + 5}" text-anchor="end">{escape(side)}</text>'
        f'<circle cx="{x}" cy="{y}" r="6" fill="{colour}"/>'
        f'<text x="{x + 12}" y="{y + 5}">{figure:,.3g}</text>'
    )
