"""Home Assistant's own REST and WebSocket API, as far as the tests need them."""

import asyncio
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect

_CLIENT_ID: Final = "http://127.0.0.1/"
_PATIENCE_SECONDS: Final = 45.0

Json = dict[str, Any]


class Rest:
    """The REST API; blocking."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.token = ""

    def post(self, path: str, content: Json, *, form: bool = False) -> Json:
        """Send JSON, or a form."""
        text = urllib.parse.urlencode(content) if form else json.dumps(content)
        headers = {} if form else {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self._address + path, text.encode(), headers)
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            told: Json = json.load(answer)
        return told

    def answers(self) -> bool:
        """Whether it takes requests already."""
        try:
            urllib.request.urlopen(f"{self._address}/api/onboarding", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def make_owner(self) -> None:
        """Do the first step of onboarding, and log in as the owner."""
        owner = {"name": "Owner", "username": "owner", "password": "of the house"}
        made = self.post(
            "/api/onboarding/users", {"client_id": _CLIENT_ID, "language": "en", **owner}
        )
        grant = {"grant_type": "authorization_code", "code": made["auth_code"]}
        told = self.post("/auth/token", {"client_id": _CLIENT_ID, **grant}, form=True)
        self.token = told["access_token"]

    def add_broker(self, port: int) -> None:
        """Add the MQTT integration as a person does, by its dialogue."""
        self._add("mqtt", {"broker": "127.0.0.1", "port": port})

    def add_wyoming(self, port: int) -> Json:
        """Add what speaks Wyoming at a port; the entry that is made."""
        return self._add("wyoming", {"host": "127.0.0.1", "port": port})

    def confirm(self, flow: Json) -> Json:
        """Say yes to what Home Assistant has found by itself; the entry that is made."""
        done = self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", {})
        assert done["type"] == "create_entry", done
        entry: Json = done["result"]
        return entry

    def remove(self, entry: Json) -> None:
        """Remove an entry again."""
        path = f"/api/config/config_entries/entry/{entry['entry_id']}"
        headers = {"Authorization": f"Bearer {self.token}"}
        asked = urllib.request.Request(self._address + path, headers=headers, method="DELETE")
        urllib.request.urlopen(asked, timeout=_PATIENCE_SECONDS).close()

    def _add(self, integration: str, answers: Json) -> Json:
        flow = self.post("/api/config/config_entries/flow", {"handler": integration})
        path = f"/api/config/config_entries/flow/{flow['flow_id']}"
        done = self.post(path, answers)
        assert done["type"] == "create_entry", done
        entry: Json = done["result"]
        return entry


class Api:
    """The WebSocket API."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._sent = 0

    async def ask(self, command: str, **fields: Any) -> Any:
        """Send a command and give its result; AssertionError when it is refused."""
        self._sent += 1
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._socket.send(json.dumps({"id": self._sent, "type": command, **fields}))
            answer = json.loads(await self._socket.recv())
        assert answer["id"] == self._sent
        assert answer["success"], answer["error"]
        return answer["result"]

    async def act(self, service: str, entity: str, **data: Any) -> None:
        """Call a service, e.g. `switch.turn_on`, on one entity."""
        domain, name = service.split(".")
        target = {"entity_id": entity}
        await self.ask(
            "call_service", domain=domain, service=name, service_data=data, target=target
        )

    async def expose(self, entity: str) -> None:
        """Let Home Assistant's conversation agent know an entity."""
        await self.ask(
            "homeassistant/expose_entity",
            assistants=["conversation"], entity_ids=[entity], should_expose=True,
        )  # fmt: skip

    async def states(self) -> dict[str, Json]:
        """Every state, by entity id."""
        return {state["entity_id"]: state for state in await self.ask("get_states")}

    async def until(self, entity: str, wanted: str | Callable[[Json], object]) -> Json:
        """Wait until an entity is there and has this state, or satisfies this condition."""

        def fits(state: Json | None) -> object:
            if state is None:
                return False
            return wanted(state) if callable(wanted) else state["state"] == wanted

        return await self._until(entity, fits) or {}

    async def until_gone(self, entity: str) -> None:
        """Wait until an entity is not there any more."""
        await self._until(entity, lambda state: state is None)

    async def found(self, integration: str) -> Json:
        """Wait until Home Assistant has found something for an integration by itself."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            flows: list[Json] = await self.ask("config_entries/flow/progress")
            for flow in flows:
                if flow["handler"] == integration:
                    return flow
            assert time.monotonic() < deadline, f"nothing for {integration} was found"
            await asyncio.sleep(0.1)

    async def _until(self, entity: str, fits: Callable[[Json | None], object]) -> Json | None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not fits(state := (await self.states()).get(entity)):
            assert time.monotonic() < deadline, f"{entity} is {state}"
            await asyncio.sleep(0.1)
        return state

    async def device(self, identifier: str) -> Json | None:
        """Registry entry of an MQTT device."""
        devices: list[Json] = await self.ask("config/device_registry/list")
        return next((each for each in devices if ["mqtt", identifier] in each["identifiers"]), None)

    async def entities(self, device: str) -> dict[str, Json]:
        """Registry entries of the entities of an MQTT device, by unique id."""
        found = await self.device(device)
        entries = await self.ask("config/entity_registry/list")
        return {
            each["unique_id"]: each
            for each in entries
            if found is not None and each["device_id"] == found["id"]
        }


@asynccontextmanager
async def log_in(address: str, token: str) -> AsyncIterator[Api]:
    """Connect to the WebSocket API."""
    where = f"ws{address.removeprefix('http')}/api/websocket"
    async with connect(where, max_size=None, proxy=None) as socket:
        assert json.loads(await socket.recv())["type"] == "auth_required"
        await socket.send(json.dumps({"type": "auth", "access_token": token}))
        assert json.loads(await socket.recv())["type"] == "auth_ok"
        yield Api(socket)
