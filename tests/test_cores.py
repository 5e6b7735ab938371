"""Which core a thread computes on."""

import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.cores import Work, cores_for, settle
from device.executor import WorkerExecutor

CORES = st.frozensets(st.integers(0, 127), min_size=1)


@given(CORES)
def test_sound_and_answers_never_share_a_core_where_there_are_four(cores: frozenset[int]) -> None:
    sound, answer = cores_for(Work.SOUND, cores), cores_for(Work.ANSWER, cores)
    assert sound
    assert answer
    assert sound | answer == cores
    assert cores_for(Work.BACKGROUND, cores) == answer
    if len(cores) >= 4:
        assert len(sound) == 1
        assert not sound & answer
    else:
        assert sound == answer == cores


@pytest.mark.skipif(sys.platform != "linux", reason="threads are placed on Linux only")
async def test_work_that_nobody_waits_for_is_nice_and_its_thread_only() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    usual = niceness()
    background = WorkerExecutor("clips", work=Work.BACKGROUND)
    answer = WorkerExecutor("stt")
    assert await background.run(niceness) == max(usual, 10)
    assert await answer.run(niceness) == usual
    assert niceness() == usual
    background.close()
    answer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="threads are placed on Linux only")
async def test_a_thread_is_where_its_work_belongs() -> None:
    available = os.sched_getaffinity(os.getpid())
    sound = WorkerExecutor("wake", work=Work.SOUND)
    placed = await sound.run(lambda: os.sched_getaffinity(0))
    assert placed == cores_for(Work.SOUND, available)
    assert os.sched_getaffinity(0) == available
    sound.close()


@pytest.mark.skipif(sys.platform != "linux", reason="threads are placed on Linux only")
def test_threads_that_a_thread_starts_belong_where_it_does() -> None:
    placed: list[set[int]] = []

    def load() -> None:
        settle(Work.ANSWER)
        helper = threading.Thread(target=lambda: placed.append(os.sched_getaffinity(0)))
        helper.start()
        helper.join()

    loader = threading.Thread(target=load)
    loader.start()
    loader.join()
    assert placed == [cores_for(Work.ANSWER, os.sched_getaffinity(os.getpid()))]
