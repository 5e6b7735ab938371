"""Chromium's own WebRTC, which nobody here wrote, calls the gateway."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.visitor import WAIT_SECONDS, browsing, recording
from tests.gateway.house import open_house

_CALL = """async url => {
    document.body.innerHTML = "<h1>WebRTC</h1><ol id=told></ol>";
    const tell = event => {
        const item = document.createElement("li");
        item.textContent = event.type + " " + (event.transcript || event.message || "");
        document.getElementById("told").append(item);
    };
    const stream = await navigator.mediaDevices.getUserMedia({audio: true});
    const peer = window.peer = new RTCPeerConnection();
    peer.addTrack(stream.getAudioTracks()[0], stream);
    peer.ontrack = event => {
        const audio = new Audio();
        audio.srcObject = event.streams[0];
        audio.play();
    };
    window.channel = peer.createDataChannel("oai-events");
    channel.onmessage = message => tell(JSON.parse(message.data));
    const signalling = new WebSocket(url);
    await new Promise((open, fail) => { signalling.onopen = open; signalling.onerror = fail; });
    signalling.onmessage = message => {
        const said = JSON.parse(message.data);
        if (said.type === "answer") peer.setRemoteDescription(said); else tell(said);
    };
    peer.onicecandidate = event =>
        signalling.send(JSON.stringify({type: "ice-candidate", candidate: event.candidate}));
    await peer.setLocalDescription();
    signalling.send(JSON.stringify(peer.localDescription));
    await new Promise(open => { channel.onopen = open; });
    channel.send(JSON.stringify({type: "session.update", session: {
        type: "realtime", audio: {input: {transcription: {model: "parlor"}}}}}));
}"""

_HEARD = """async () => {
    for (const one of (await peer.getStats()).values())
        if (one.type === "inbound-rtp") return one.totalAudioEnergy;
}"""


async def test_a_command_is_heard_done_and_answered_over_chromiums_webrtc(
    tmp_path: Path, album: Path
) -> None:
    command = recording(tmp_path / "command.wav", (8.0, "turn on the kitchen light"))
    async with open_house(tmp_path) as house, browsing(command) as browser:
        page = await (await browser.new_context()).new_page()
        await page.goto(f"{house.http}/health")
        await page.evaluate(_CALL, f"{house.ws}/ws/chromium")
        told = page.locator("#told")
        await expect(told).to_contain_text("response.done", timeout=1_000 * WAIT_SECONDS)
        await page.screenshot(path=album / "1-events.png")
        heard = await page.evaluate(_HEARD)
        words = await told.inner_text()
    assert "transcription.completed turn on the kitchen light" in words
    assert "error" not in words
    assert heard > 0, "the reply's sound arrived"
    assert house.lamps.commands == [("kitchen light", {"state": "ON"})]
