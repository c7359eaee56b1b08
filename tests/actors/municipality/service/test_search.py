from tegata.actors.municipality.service import register, search
from tegata.actors.municipality.service.search import Wanted
from tegata.node import audit
from tests.actors.municipality.world import HANAKO, HERE, THERE, World

FOUND = [
    (Wanted(name="山田"), ["山田　さくら", "山田　太郎", "山田　花子"]),
    (Wanted(name="山田花子"), ["山田　花子"]),
    (Wanted(name="やまだ"), ["山田　さくら", "山田　太郎", "山田　花子"]),
    (Wanted(name="ﾊﾅｺ"), ["山田　花子"]),
    (Wanted(name="高橋"), ["山田　花子"]),
    (Wanted(name="髙橋"), ["山田　花子"]),
    (Wanted(birth_date="1965-12-24"), ["田中　健二"]),
    (Wanted(name="山田", birth_date="1978-05-01"), ["山田　太郎"]),
    (Wanted(address="丸の内1-1-1", name="田中"), ["田中　健二"]),
    (Wanted(resident_code="00000000027"), ["山田　花子"]),
    (Wanted(resident_code="０００００００００２７"), ["山田　花子"]),
    (Wanted(name="%"), []),
    (Wanted(name="_"), []),
    (Wanted(name="・"), []),
    (Wanted(name=" \n"), []),
    (Wanted(address="　"), []),
    (Wanted(), []),
    (Wanted(name="'; DROP TABLE resident; --"), []),
]


def test_a_resident_is_found_however_it_is_written_and_only_here(quick_world: World) -> None:
    for wanted, names in FOUND:
        assert [row.name for row in search.find(quick_world.node, HERE, wanted).residents] == names, wanted
        assert search.find(quick_world.node, THERE, wanted).residents == []


def test_the_search_is_the_same_on_both_databases(world: World) -> None:
    assert [row.name for row in search.find(world.node, HERE, Wanted(name="ハナコ")).residents] == ["山田　花子"]


def test_somebody_from_elsewhere_is_found_by_all_of_it_only_and_it_is_noted(quick_world: World) -> None:
    node = quick_world.node
    for wanted in (
        Wanted(name="山田　花子"),
        Wanted(birth_date="1980-02-17"),
        Wanted(name="山田", birth_date="1980-02-17"),
    ):
        assert search.find_arrivals(node, THERE, wanted).residents == []
    for wanted in (
        Wanted(name="山田花子", birth_date="1980-02-17"),
        Wanted(name="やまだ はなこ", birth_date="1980-02-17"),
        Wanted(resident_code=HANAKO.resident_code),
    ):
        assert [row.name for row in search.find_arrivals(node, THERE, wanted).residents] == ["山田　花子"]
    noted = audit.entries_for(node.database, quick_world.id_of(HANAKO))
    assert [(one.entry.action, one.entry.who) for one in noted] == [("found-for-move-in", THERE.who)] * 3


def test_a_resident_here_is_no_arrival_and_neither_is_the_dead(quick_world: World) -> None:
    wanted = Wanted(resident_code=HANAKO.resident_code)
    assert search.find_arrivals(quick_world.node, HERE, wanted).residents == []
    register.die(quick_world.node, HERE, quick_world.id_of(HANAKO), effective_on=quick_world.today)
    assert search.find_arrivals(quick_world.node, THERE, wanted).residents == []
