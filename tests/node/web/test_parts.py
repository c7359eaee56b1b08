"""Small parts of pages: charts, marked changes, dates, masks, colours, notices."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.japan.dates import JST
from tegata.node.web import charts
from tegata.node.web.actor_css import contrast, luminance, text_on
from tegata.node.web.differences import differences
from tegata.node.web.filters import mask, show_date, show_full_date, show_number, show_time
from tegata.node.web.notices import read_notice, seal_notice
from tegata.node.web.visit import CURRENT, Visit
from tegata.wire.text import Text

MOMENT = datetime(2023, 9, 25, 7, 5, tzinfo=JST)


def test_dates_are_shown_in_both_calendars() -> None:
    assert show_full_date(MOMENT) == "2023年（令和５年）９月25日（月） 07:05"
    assert show_date(date(2023, 9, 25)) == "2023年（令和５年）９月25日（月）"
    assert show_time(MOMENT) == "9月25日（月）07:05"


def test_dates_follow_the_language_of_the_page() -> None:
    token = CURRENT.set(Visit(request_id="1", path="/", language="en"))
    try:
        assert show_full_date(MOMENT) == "Monday, 25 September 2023 (Reiwa 5) 07:05"
        assert show_time(MOMENT) == "Mon 2023-09-25 07:05"
    finally:
        CURRENT.reset(token)


def test_what_is_not_there_is_a_dash() -> None:
    assert [show_full_date(None), show_date(None), show_time(None), show_number(None), mask(None)] == ["—"] * 5


@pytest.mark.parametrize(("text", "shown"), [("12345678", "●●●●5678"), ("5678", "5678"), ("78", "78"), ("", "—")])
def test_a_mask_leaves_the_last_four(text: str, shown: str) -> None:
    assert mask(text) == shown


def test_numbers_have_separators() -> None:
    assert show_number(1234567) == "1,234,567"


def test_the_characters_that_changed_are_marked() -> None:
    found = differences("千代田区霞が関2-1-2", "中央区霞が関2-1-3")
    assert found.before == [(False, "千代田"), (True, "区霞が関2-1-"), (False, "2")]
    assert found.after == [(False, "中央"), (True, "区霞が関2-1-"), (False, "3")]


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_pieces_of_a_change_are_the_texts(before: str, after: str) -> None:
    found = differences(before, after)
    assert "".join(text for _, text in found.before) == before
    assert "".join(text for _, text in found.after) == after
    assert [text for kept, text in found.before if kept] == [text for kept, text in found.after if kept]


def test_nothing_is_an_empty_text() -> None:
    assert differences(None, "x").before == []


@given(st.lists(st.tuples(st.text(max_size=5), st.integers(-5, 10**9)), max_size=40))
def test_bars_stay_inside_and_in_proportion(rows: list[tuple[str, int]]) -> None:
    chart = charts.bars(rows)
    for bar, (_, value) in zip(chart.bars, rows, strict=True):
        assert charts.LEFT <= bar.x <= bar.x + bar.width <= charts.WIDTH + 0.2
        assert charts.TOP - 0.1 <= bar.y <= charts.HEIGHT - charts.BOTTOM
        assert bar.value == value
    if rows and max(value for _, value in rows) > 0:
        highest = max(chart.bars, key=lambda bar: bar.value)
        assert highest.height == max(bar.height for bar in chart.bars)
    assert 2 <= len(chart.ticks) <= 6


@pytest.mark.parametrize(
    ("highest", "top", "step"), [(0, 1, 1), (3, 3, 1), (7, 8, 2), (312, 400, 100), (5300, 6000, 2000), (5, 5, 1)]
)
def test_the_axis_ends_at_a_round_number(highest: int, top: int, step: int) -> None:
    assert (charts.scale_top(highest), charts.tick_step(highest)) == (top, step)


def test_lines_go_through_their_points() -> None:
    chart = charts.lines(["4月", "5月"], [(Text("はがき", "Letters"), [10, 0]), ("照会", [0, 10])])
    (first, second) = chart.lines
    assert first.name == "はがき"
    assert first.points[0][1] == second.points[1][1] == charts.TOP
    assert first.path == f"M{first.points[0][0]} {first.points[0][1]}L{first.points[1][0]} {first.points[1][1]}"
    assert chart.table == [["4月", "10", "0"], ["5月", "0", "10"]]


@pytest.mark.parametrize("series", [[("a", [1])], [("a", [1, 2])] * 5])
def test_lines_that_do_not_fit_are_an_error(series: list[tuple[str, list[int]]]) -> None:
    with pytest.raises(ValueError, match="at most four"):
        charts.lines(["x", "y"], series)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_text_on_any_colour_can_be_read(colour: str) -> None:
    assert contrast(colour, text_on(colour)) >= 4.5


@pytest.mark.parametrize("colour", ["red", "#fff", "#gggggg", "red;}*{"])
def test_what_is_no_colour_is_an_error(colour: str) -> None:
    with pytest.raises(ValueError, match=r"form #rrggbb|invalid literal"):
        luminance(colour)


def test_a_notice_is_read_by_whoever_made_it() -> None:
    notice = Text("終わりました。", "Done.")
    sealed = seal_notice(b"key", notice)
    assert read_notice(b"key", sealed) == notice
    assert read_notice(b"other", sealed) is None
    assert read_notice(b"key", sealed[:-1]) is None
    assert read_notice(b"key", "日本.日本") is None
