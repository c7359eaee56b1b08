"""What the clock starts: answers of callers are erased once their time is over."""

from datetime import datetime, time

from sqlalchemy import func, select, update

from tegata.actors.call_centre.service.calls import settings_of
from tegata.actors.call_centre.tables import AnswersRow, EndingRow
from tegata.node.jobs import Daily, Job
from tegata.node.node import Node
from tegata.wire.text import Text


def forget(node: Node, due: datetime) -> None:
    """Erase answers so many days after the end of the call; of a call that nobody ended, after they were given."""
    ended = select(EndingRow.ended_at).where(EndingRow.call_id == AnswersRow.call_id).scalar_subquery()
    old = func.coalesce(ended, AnswersRow.asked_at) <= due - settings_of(node).answers_kept
    erase = update(AnswersRow).where(AnswersRow.answers.is_not(None), old).values(answers=None)
    with node.database.begin() as tx:
        tx.session.execute(erase, execution_options={"synchronize_session": False})


ERASING = Text("聞き取った内容の消去", "Answers of callers erased")
JOBS = (Job("forget", Daily(time(4)), forget, ERASING, newest_only=True),)
