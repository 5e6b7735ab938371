// Messages of browser voice chat, as device/gateway/voicechat.py describes them. Knows no socket.

const HEADER_BYTES = 8;
const PLAYING = 1;
const FULL_SCALE = 255;
const PROTOCOL = "parlor";

/** One binary message: 8 bytes of header, then the sound in `buffer`. */
export function soundMessage(buffer, { timeMs, playing, energy }) {
  const message = new Uint8Array(HEADER_BYTES + buffer.byteLength);
  const header = new DataView(message.buffer);
  header.setUint32(0, Math.round(timeMs) % 2 ** 32);
  header.setUint32(4, (playing ? PLAYING : 0) | (levelOf(energy) << 8));
  message.set(new Uint8Array(buffer), HEADER_BYTES);
  return message.buffer;
}

/** 255 less dB below full scale, 1 to 255. */
export function levelOf(energy) {
  return Math.min(FULL_SCALE, Math.max(1, Math.round(FULL_SCALE + 20 * Math.log10(Math.max(energy, 1e-9)))));
}

/** What begins a conversation; `handsFree`: whatever is said is heard. */
export function startMessage(handsFree) {
  return { type: "start", listen: handsFree ? "always" : "on_request", events: true };
}

/**
 * How to ask whether one may come in, and how to come in, with an access code or "": a page can
 * send no header with a WebSocket, so the code goes among the sub-protocols where it can.
 */
export function knock(base, code) {
  const [access, voice] = [new URL("access", base), new URL("voice", base)];
  voice.protocol = voice.protocol.replace("http", "ws");
  if (!code) return { access, headers: {}, voice, protocols: [] };
  if (/^[\w!#$%&'*+.^`|~-]+$/.test(code)) {
    return { access, headers: { Authorization: `Bearer ${code}` }, voice, protocols: [PROTOCOL, `parlor-token.${code}`] };
  }
  [access, voice].forEach((address) => address.searchParams.set("token", code));
  return { access, headers: {}, voice, protocols: [] };
}
