"""The call centre beside the real J-LIS: callers as they speak, certificates as they are, what OCSP and holders see."""

from dataclasses import dataclass

import msgspec
import pytest

from tegata.actors import jlis
from tegata.actors.call_centre import SPEC
from tegata.actors.call_centre.rules.caller import Said
from tegata.actors.call_centre.rules.calls import MEDIA, Held
from tegata.actors.call_centre.service import calls, suspensions
from tegata.japan.four_attributes import FourAttributes
from tegata.pki.profiles import USAGES
from tegata.wire.certificates import Medium, State, Usage
from tegata.wire.problems import Refused
from tests.actors.call_centre.world import World
from tests.actors.jlis.world import HANAKO, Phone, Resident
from tests.actors.jlis.world import World as Jlis
from tests.fixtures.nodes import NetworkMaker
from tests.support import TestNetwork


@dataclass
class Line:
    """A call centre, J-LIS, and a person with card and phone."""

    centre: World
    jlis: Jlis
    person: Resident
    phone: Phone

    def says(self, **changes: str) -> Said:
        """What the person answers."""
        four = self.person.attributes
        return msgspec.structs.replace(
            Said(name=four.name, birth_date=four.birth_date, address=four.address), **changes
        )

    def state(self, medium: Medium, usage: Usage) -> State:
        """The state of a certificate as J-LIS has it."""
        return self.person.state(usage, medium).state


def line_of(network: TestNetwork) -> Line:
    """Hanako, with certificates on card and phone."""
    world = Jlis(network["jlis"], network.clock)
    person = world.resident()
    for usage in USAGES:
        person.gets(usage)
    return Line(World(network), world, person, person.phone().gets())


@pytest.fixture
def line(make_network: NetworkMaker, database_url: str) -> Line:
    return line_of(make_network([jlis.SPEC, SPEC], database_url))


@pytest.fixture
def quick_line(make_network: NetworkMaker) -> Line:
    return line_of(make_network([jlis.SPEC, SPEC]))


@pytest.mark.rule("SP-04")
def test_a_lost_phone_is_suspended_at_once_and_the_card_stays(line: Line) -> None:
    centre = line.centre
    call_id = centre.takes()
    centre.compares(call_id, line.says())
    media = [(medium, usage) for medium in MEDIA for usage in USAGES]
    assert centre.call(call_id).held == [Held(medium, usage, "valid") for medium, usage in media]
    suspensions.suspend(centre.node, centre.sato, call_id, ["phone"])
    states = {(medium, usage): line.state(medium, usage) for medium, usage in media}
    assert states == {
        ("card", "sign"): "valid", ("card", "auth"): "valid",
        ("phone", "sign"): "suspended", ("phone", "auth"): "suspended",
    }  # fmt: skip
    assert {(one.medium, one.usage): one.state for one in centre.call(call_id).held} == states
    calls.end(centre.node, centre.sato, call_id, "suspended")


@pytest.mark.rule("SP-04")
def test_a_lost_answer_is_repeated_and_both_audits_name_the_call_once(quick_line: Line) -> None:
    centre = quick_line.centre
    call_id = centre.takes()
    centre.compares(call_id, quick_line.says())
    with centre.answers_lost("/suspensions"), pytest.raises(Refused):
        suspensions.suspend(centre.node, centre.sato, call_id, ["card", "phone"])
    assert centre.call(call_id).stage == "uncertain"
    suspensions.suspend(centre.node, centre.sato, call_id, ["card", "phone"])
    assert centre.call(call_id).stage == "suspended"
    with quick_line.jlis.node.database.read() as session:
        told = session.connection().exec_driver_sql(
            "SELECT count(*) FROM node_audit WHERE action = 'certificates-suspended' AND basis = ?",
            (f"call:{call_id}",),
        )
        assert told.scalar_one() == 2, "one for each medium"


@pytest.mark.rule("SP-04")
@pytest.mark.parametrize(
    "changes",
    [
        {"name": "山田 花子"}, {"name": "山田花子"}, {"address": "東京都千代田区丸の内1-1-1"},
        {"address": "東京都千代田区丸の内１丁目１－１"},
    ],
)  # fmt: skip
def test_ways_of_writing_do_not_matter(quick_line: Line, changes: dict[str, str]) -> None:
    call_id = quick_line.centre.takes()
    quick_line.centre.compares(call_id, quick_line.says(**changes))
    assert quick_line.centre.call(call_id).stage == "identified"


@pytest.mark.rule("SP-04")
def test_after_three_wrong_sets_the_call_can_only_end_and_the_next_call_may_try_anew(quick_line: Line) -> None:
    centre = quick_line.centre
    call_id = centre.takes()
    for changes in ({"name": "山田　梅子"}, {"birth_date": "1980-02-18"}, {"address": "東京都千代田区丸の内２丁目"}):
        with pytest.raises(Refused) as refused:
            centre.compares(call_id, quick_line.says(**changes))
        assert (refused.value.code, refused.value.detail) == ("caller-not-identified", {})
    assert centre.call(call_id).stage == "refused"
    calls.end(centre.node, centre.sato, call_id, "not-identified")
    again = centre.takes()
    centre.compares(again, quick_line.says())
    assert centre.call(again).stage == "identified"


def test_answers_that_were_lost_count_at_jlis_and_end_the_call_there(quick_line: Line) -> None:
    centre = quick_line.centre
    call_id = centre.takes()
    with centre.answers_lost("/callers"):
        for _ in range(3):
            with pytest.raises(Refused):
                centre.compares(call_id, quick_line.says(name="山田　梅子"))
    with pytest.raises(Refused):
        centre.compares(call_id, quick_line.says())
    assert centre.call(call_id).stage == "refused"


def test_a_person_without_certificates_is_identified_and_has_nothing_to_suspend(quick_line: Line) -> None:
    taro = FourAttributes(
        name="鈴木　太郎", address="東京都千代田区神田１丁目２番３号", birth_date="1975-05-05", gender="male"
    )
    quick_line.jlis.resident(taro)
    centre = quick_line.centre
    call_id = centre.takes()
    centre.compares(call_id, Said(name=taro.name, birth_date=taro.birth_date, address=taro.address))
    call = centre.call(call_id)
    assert (call.stage, call.held, call.outcomes[0]) == ("identified", [], "nothing-to-suspend")
    with pytest.raises(Refused) as refused:
        suspensions.suspend(centre.node, centre.sato, call_id, ["card"])
    assert refused.value.code == "nothing-to-suspend"


def test_nothing_of_another_person_is_suspended(quick_line: Line) -> None:
    twin = msgspec.structs.replace(HANAKO, name="山田　花代")
    other = quick_line.jlis.resident(twin)
    other.gets("sign")
    centre = quick_line.centre
    call_id = centre.takes()
    centre.compares(call_id, quick_line.says())
    suspensions.suspend(centre.node, centre.sato, call_id, ["card"])
    assert other.state("sign").state == "valid"
