"""The web page as it is served; what a browser makes of it is tried by `make test-browser`."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from device.config import GatewayConfig
from device.gateway.home_view import HomeView
from device.gateway.page.door import page_files
from device.gateway.reception import Reception
from device.gateway.server import make_app
from tests.gateway.doors import nobody

FILES = page_files()
SCRIPTS = {name: file.content.decode() for name, file in FILES.items() if name.endswith(".js")}
PAGE = FILES["index.html"].content.decode()
STYLE = FILES["style.css"].content.decode()
NAMESPACES = ("http://www.w3.org/2000/svg",)


def make(config: GatewayConfig) -> FastAPI:
    view = HomeView(list, list, lambda _: None, lambda: pytest.fail("nothing was announced"))
    return make_app(Reception(config, nobody), config, view)


@asynccontextmanager
async def browsing(config: GatewayConfig | None = None) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make(config or GatewayConfig()))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8770") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/web/style.css", "text/css; charset=utf-8"),
        ("/web/main.js", "text/javascript; charset=utf-8"),
        ("/web/icon.svg", "image/svg+xml"),
        ("/web/parlor.webmanifest", "application/manifest+json"),
    ],
)
async def test_every_kind_of_file_is_served_as_what_it_is(path: str, media_type: str) -> None:
    async with browsing() as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'self'"
    assert "frame-ancestors 'none'" in policy
    assert not any("unsafe" in rule or "://" in rule or "*" in rule for rule in policy)


@pytest.mark.parametrize(
    "path",
    [
        "/web/../page_door.py", "/web/%2e%2e/page_door.py", "/web/..%2fpage_door.py",
        "/web//etc/passwd", "/web/%2fetc%2fpasswd", "/web/..%5cpage_door.py", "/web/main.js%00",
        "/web/.", "/web/", "/page_door.py", "/web/index.html/..",
    ],
)  # fmt: skip
async def test_no_path_leads_to_another_file(path: str) -> None:
    async with browsing() as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert b"import" not in answer.content


async def test_a_page_is_told_why_it_may_not_come_in(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("right\n")
    (tmp_path / "token").chmod(0o600)
    config = GatewayConfig(token_file=tmp_path / "token")
    async with browsing(config) as client:
        page = await client.get("/")
        codes = [
            (await client.get("/access", headers=headers)).status_code
            for headers in (
                {}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer right"},
                {"Authorization": "Bearer right", "Origin": "https://elsewhere.example"},
            )
        ]  # fmt: skip
    assert page.status_code == 200
    assert codes == [401, 401, 204, 403]


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_host(name: str) -> None:
    text = FILES[name].content.decode()
    found = re.findall(r"(?:https?|wss?):?//[\w.]+[^\s\"'<>)]*|[\"'(]//\w[\w.]*", text)
    assert [address for address in found if address not in NAMESPACES] == []


def test_every_file_is_loaded_by_another_one() -> None:
    named = set(re.findall(r'web/([\w.-]+)"', PAGE)) | {"index.html"}
    for text in SCRIPTS.values():
        named |= set(re.findall(r'["\'](?:\./)?([\w-]+\.js)["\']', text))
    assert named == set(FILES)


def test_every_import_is_exported_over_there() -> None:
    for name, text in SCRIPTS.items():
        for names, source in re.findall(r'import \{ ([^}]+) \} from "\./([\w-]+\.js)"', text):
            for one in names.split(", "):
                declared = rf"export (?:async )?(?:function|class|const) {one}\b"
                assert re.search(declared, SCRIPTS[source]), f"{name} wants {one} of {source}"


def test_every_id_that_a_script_uses_is_on_the_page() -> None:
    ids = re.findall(r' id="([\w-]+)"', PAGE)
    assert len(ids) == len(set(ids))
    used = set()
    for text in SCRIPTS.values():
        used |= set(re.findall(r'(?:getElementById|canvasOf|\bat)\("([\w-]+)"\)', text))
    fields = re.search(r"const FIELDS = \{(.*)\};", SCRIPTS["settings.js"])
    assert fields is not None
    used |= set(re.findall(r'"([\w-]+)"', fields[1]))
    assert len(used) > 20
    assert used <= set(ids)


def test_what_labels_and_describes_is_there() -> None:
    ids = set(re.findall(r' id="([\w-]+)"', PAGE))
    pointed = re.findall(r'(?:aria-labelledby|aria-describedby|for)="([\w-]+)"', PAGE)
    assert len(pointed) > 10
    assert set(pointed) <= ids


def test_nothing_in_the_page_needs_an_inline_script_or_style() -> None:
    assert re.findall(r'\son\w+="|\sstyle="|<style|javascript:', PAGE) == []
    assert re.findall(r"<script(?! type=\"module\" src=)", PAGE) == []
    for text in SCRIPTS.values():
        assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|new Function", text) == []


def test_every_color_that_a_drawing_asks_for_is_set() -> None:
    asked = set()
    for text in SCRIPTS.values():
        asked |= set(re.findall(r'"(--[\w-]+)"', text))
    assert asked
    for name in asked:
        assert re.search(rf"^  {name}: ", STYLE, re.MULTILINE), name


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("ink", "paper", 7.0), ("ink", "card", 7.0), ("ink", "raised", 7.0),
        ("ink", "you-card", 7.0), ("soft", "paper", 4.5), ("soft", "card", 4.5),
        ("on-accent", "accent", 4.5),
        ("warning", "card", 4.5), ("ink", "warning-card", 7.0), ("parlor", "card", 4.5),
        ("edge", "card", 3.0), ("you", "card", 3.0), ("light", "paper", 3.0),
    ],
)  # fmt: skip
def test_what_is_read_stands_out_by_day_and_by_night(ink: str, paper: str, least: float) -> None:
    pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", STYLE))
    for one, other in zip(pairs[ink].split(", "), pairs[paper].split(", "), strict=True):
        bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= least
