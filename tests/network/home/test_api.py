"""What programs ask of a running network."""

import asyncio
import json
from typing import Any

import pytest
from litestar.testing import TestClient

from tegata.network.home import api
from tegata.network.home.state import Home
from tegata.network.home.work import Work
from tegata.wire.text import Text
from tests.whole import WholeNetwork

Client = TestClient[Any]


def finished(client: Client, home: Home, number: int) -> dict[str, Any]:
    assert home.works.wait(60)
    told: dict[str, Any] = client.get(f"/api/works/{number}").json()
    return told


def test_the_clock_tells_the_time_and_what_comes_next(still_client: Client, still: WholeNetwork) -> None:
    told = still_client.get("/api/clock").json()
    assert told["now"] == still.now.isoformat()
    assert told["ticking"] is False
    times = [job["at"] for job in told["upcoming"]]
    assert times == sorted(times)
    assert {"actor", "job", "title", "at"} == told["upcoming"][0].keys()


def test_a_leap_runs_what_is_due(client: Client, home: Home, whole: WholeNetwork) -> None:
    answer = client.post("/api/clock", json={"next": "07:00"})
    assert answer.status_code == 202
    told = finished(client, home, answer.json()["number"])
    assert told["state"] == "done"
    assert told["result"]["runs"] > 0
    assert told["result"]["now"] == "2023-09-26T07:00:00+09:00"
    assert client.get("/api/clock").json()["now"] == whole.now.isoformat()


@pytest.mark.parametrize(
    ("leap", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"seconds": 60, "next": "07:00"}, 422, "invalid"),
        ({"to": "2023-09-26T07:00:00"}, 422, "invalid"),
        ({"to": "2020-01-01T00:00:00Z"}, 409, "clock-would-go-back"),
        ({"to": "2099-01-01T00:00:00Z"}, 422, "clock-leap-too-long"),
        ({"to": "9999-12-31T23:59:59+00:00"}, 422, "clock-leap-too-long"),
        ({"seconds": 0}, 422, "invalid"),
        ({"seconds": 10**12}, 422, "invalid"),
        ({"seconds": "60"}, 422, "invalid"),
        ({"next": "08:00"}, 422, "invalid"),
    ],
)
def test_leaps_that_are_none_are_refused(
    still_client: Client, still: WholeNetwork, leap: dict[str, Any], status: int, code: str
) -> None:
    before = still.now
    answer = still_client.post("/api/clock", json=leap)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert still.now == before


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_site_can_move_nothing(still_client: Client, still: WholeNetwork, media_type: str) -> None:
    """A form or a plain text is all that a page of another site may send without asking; neither is taken."""
    for path in ("/api/clock", "/api/stories/move"):
        answer = still_client.post(path, content=b'{"seconds":60}', headers={"content-type": media_type})
        assert answer.status_code == 415
    assert still.now.hour == 10


def test_one_thing_at_a_time(client: Client, home: Home, whole: WholeNetwork) -> None:
    with whole.scheduler._lock:
        number = client.post("/api/clock", json={"seconds": 60}).json()["number"]
        assert client.get(f"/api/works/{number}").json()["state"] == "running"
        for path, body in (("/api/clock", {"seconds": 60}), ("/api/stories/move", {})):
            answer = client.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (409, "network-busy")
    assert finished(client, home, number)["state"] == "done"


def test_a_story_gives_its_record_and_its_diagram(client: Client, home: Home) -> None:
    number = client.post("/api/stories/move", json={}).json()["number"]
    told = finished(client, home, number)
    result = told["result"]
    assert (told["state"], result["outcome"]) == ("done", "updated")
    assert result["after"] == result["register"] != result["before"]
    assert {"at", "from", "to", "what", "ms"} <= result["messages"][0].keys()
    assert result["diagram"]["ja"].startswith("<svg")
    assert result["diagram"]["en"].startswith("<svg")


def test_a_story_of_nobody_is_refused(client: Client, home: Home) -> None:
    number = client.post("/api/stories/move", json={"person_id": "P999999"}).json()["number"]
    told = finished(client, home, number)
    assert (told["state"], told["refusal"]["code"]) == ("failed", "story-nobody-to-move")
    assert client.post("/api/stories/nothing", json={}).status_code == 404
    assert client.get("/api/works/99").status_code == 404
    assert client.get("/api/works/x").status_code == 404


def test_messages_come_page_by_page(client: Client, whole: WholeNetwork) -> None:
    whole.moves(whole.holders()[0])
    whole.to_next(7, 30)
    newest = client.get("/api/messages", params={"limit": 3}).json()
    assert len(newest["items"]) == 3
    older = client.get("/api/messages", params={"limit": 1000, "cursor": newest["next_cursor"]}).json()
    numbers = [one["number"] for one in newest["items"] + older["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)
    assert older["next_cursor"] is None
    for cursor in ("x", "-1", "１"):
        assert client.get("/api/messages", params={"cursor": cursor}).status_code == 422


def test_health_names_every_actor(still_client: Client, still: WholeNetwork) -> None:
    told = still_client.get("/health").json()
    healths = {check["name"]: check["health"] for check in told["checks"]}
    assert told["health"] == "ok"
    assert (
        dict.fromkeys(("municipality", "call_centre", "jlis", "platform", "bank", "portal", "citizen"), "ok").items()
        <= healths.items()
    )


def test_health_names_the_trouble_of_an_actor(client: Client, whole: WholeNetwork) -> None:
    whole["bank"].database.engine.dispose()
    for file in whole["bank"].settings.data_dir.glob("bank.db*"):
        file.unlink()
    (whole["bank"].settings.data_dir / "bank.db").mkdir()
    answer = client.get("/health")
    assert answer.status_code == 503
    (bank,) = [check for check in answer.json()["checks"] if check["name"] == "bank"]
    assert bank["health"] == "failed"
    assert "データベース" in bank["says"]["ja"]


def test_messages_are_told_live_in_the_language_of_the_page(home: Home, whole: WholeNetwork) -> None:
    """The stream begins with the state, tells each message as it passes, and ends with the network."""

    async def watch() -> list[tuple[str, dict[str, Any]]]:
        came = []
        stream = api._events(home, "en")
        came.append(await anext(stream))
        await asyncio.to_thread(whole.moves, whole.holders()[0])
        came.append(await anext(stream))
        home.works.start("story", Text("話", "a story"), home.now(), lambda _: None)
        came += [await anext(stream) for _ in range(2)]
        home.journal.close()
        came += [event async for event in stream]
        return [(str(event.event), json.loads(str(event.data))) for event in came]

    told = asyncio.run(watch())
    assert told[0][0] == "state"
    assert {living["name"] for living in told[0][1]["figures"]} == home.actors.keys()
    (message,) = [data for kind, data in told if kind == "message"]
    assert (message["sender"], message["receiver"], message["step"]) == ("municipality", "jlis", "②")
    assert message["time"] == "Mon 2023-09-25 10:00"
    assert message["what"] == "Revocation and four attributes"
    assert "body" not in message
    assert [data["title"] for kind, data in told if kind == "work"][:1] == ["a story"]


def test_work_that_breaks_is_noted_and_does_not_block_the_next(client: Client, home: Home) -> None:
    def broken(work: Work) -> None:
        raise ZeroDivisionError

    number = home.works.start("clock", Text("壊れた", "broken"), home.now(), broken).number
    told = finished(client, home, number)
    assert (told["state"], told["refusal"]["code"]) == ("failed", "work-failed")
    assert told["refusal"]["detail"] == {"cause": "ZeroDivisionError"}
    assert client.post("/api/clock", json={"seconds": 60}).status_code == 202
