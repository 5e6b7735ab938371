import asyncio
import socket
import threading
import time

from device import clock
from device.executor import DeferredExecutor, InlineExecutor, WorkerExecutor, open_executor


def test_hours_pass_in_a_moment() -> None:
    async def wait() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert clock.run_virtual(wait()) == 3600
    assert time.monotonic() - began < 60


def test_time_stands_still_while_an_engine_works() -> None:
    async def work() -> tuple[float, float]:
        before, stage = asyncio.get_running_loop().time(), clock.stage_time()
        await open_executor("test").run(lambda: time.sleep(0.02))
        return asyncio.get_running_loop().time() - before, clock.stage_time() - stage

    passed, booked = clock.run_virtual(work())
    assert passed == 0
    assert booked >= 0.02


def test_time_stands_still_while_the_real_world_answers() -> None:
    async def wait_for_a_socket() -> float:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        threading.Timer(0.05, lambda: theirs.send(b"x")).start()
        with clock.hold(5.0):
            async with asyncio.timeout(1.0):
                await asyncio.get_running_loop().sock_recv(ours, 1)
        ours.close()
        theirs.close()
        return asyncio.get_running_loop().time()

    assert clock.run_virtual(wait_for_a_socket()) == 0


def test_a_hold_ends_when_nothing_answers() -> None:
    async def wait_in_vain() -> float:
        with clock.hold(0.02):
            await asyncio.sleep(7)
        return asyncio.get_running_loop().time()

    assert clock.run_virtual(wait_in_vain()) == 7


def test_virtual_time_computes_inline() -> None:
    async def kind() -> bool:
        return isinstance(open_executor("test"), InlineExecutor)

    assert clock.run_virtual(kind())
    assert not asyncio.run(kind())


async def test_an_engine_that_all_share_has_room_for_a_full_house() -> None:
    executor, gate = DeferredExecutor("engine"), threading.Event()
    assert not executor.busy
    waiting = [asyncio.ensure_future(executor.run(gate.wait)) for _ in range(200)]
    await asyncio.sleep(0)
    assert executor.busy
    gate.set()
    assert await asyncio.gather(*waiting) == [True] * 200
    assert not executor.busy
    executor.close()


async def test_a_full_worker_refuses_and_works_on() -> None:
    from device.errors import EngineBusy

    executor = WorkerExecutor("test", queue_size=1)
    gate = threading.Event()
    first = asyncio.ensure_future(executor.run(gate.wait))
    await asyncio.sleep(0)
    try:
        await executor.run(lambda: None)
    except EngineBusy as error:
        refused = error.code
    gate.set()
    await first
    assert refused == "engine-busy"
    assert await executor.run(lambda: 7) == 7
    executor.close()
