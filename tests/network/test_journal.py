"""The journal: the newest messages in order, and watchers that may be slow or go away."""

import asyncio
import threading
from contextlib import AbstractContextManager

from tegata.network.journal import WAITING, Journal, Watch
from tests.network.stories.test_record import message


def numbers(journal: Journal, count: int = 100, before: int | None = None) -> list[int]:
    return [one.number for one in journal.newest(count, before=before)]


def test_messages_stand_by_their_numbers_whatever_the_order_of_their_answers() -> None:
    journal = Journal()
    for number in (2, 1, 4, 3):
        journal.passed(message(number, "", "bank", "platform"))
    assert numbers(journal) == [4, 3, 2, 1]
    assert numbers(journal, 2) == [4, 3]
    assert numbers(journal, 10, before=3) == [2, 1]
    found = journal.find(3)
    assert found is not None
    assert found.number == 3
    assert journal.find(9) is None


def test_only_the_newest_are_kept() -> None:
    journal = Journal(kept=3)
    for number in range(1, 11):
        journal.passed(message(number, "", "bank", "platform"))
    assert numbers(journal) == [10, 9, 8]


def test_a_watcher_sees_what_passes_in_other_threads() -> None:
    journal = Journal()

    def pass_some() -> None:
        for number in range(1, 51):
            journal.passed(message(number, "", "bank", "platform"))
        journal.close()

    async def watch() -> list[int]:
        with journal.watch() as watching:
            thread = threading.Thread(target=pass_some)
            thread.start()
            seen = [one.number async for batch in watching.batches(5) for one in batch]
            thread.join()
            return seen

    assert asyncio.run(watch()) == list(range(1, 51))
    assert journal._watchers == []


def test_a_slow_watcher_loses_the_oldest_and_holds_nobody_up() -> None:
    journal = Journal()

    async def watch() -> list[int]:
        with journal.watch() as watching:
            for number in range(1, WAITING + 11):
                journal.passed(message(number, "", "bank", "platform"))
            async for batch in watching.batches(5):
                return [one.number for one in batch]
        return []

    seen = asyncio.run(watch())
    assert len(seen) == WAITING
    assert seen[-1] == WAITING + 10


def test_silence_is_told_and_a_closed_journal_ends_at_once() -> None:
    journal = Journal()

    async def watch() -> list[int]:
        lengths = []
        with journal.watch() as watching:
            async for batch in watching.batches(0.01):
                lengths.append(len(batch))
                journal.close()
        with journal.watch() as late:
            lengths += [len(batch) async for batch in late.batches(5)]
        return lengths

    assert asyncio.run(watch()) == [0, 0, 0]


def test_a_watcher_whose_loop_is_gone_does_no_harm() -> None:
    journal = Journal()

    async def begin() -> AbstractContextManager[Watch]:
        watching = journal.watch()
        watching.__enter__()
        return watching

    kept = asyncio.run(begin())
    journal.passed(message(1, "", "bank", "platform"))
    assert numbers(journal) == [1]
    kept.__exit__(None, None, None)
