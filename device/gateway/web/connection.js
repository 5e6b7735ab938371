// One WebSocket to the speaker that comes back by itself.
//
// Events: "state" {state, text}: connecting, open, lost, refused, resting, code (one is wanted);
// "message": a parsed JSON message; "sound": an ArrayBuffer.

import { knock } from "./protocol.js";

const FIRST_PAUSE = 500; // ms
const LONGEST_PAUSE = 10_000; // ms
const UNSENT = 256 * 1024; // bytes that wait; sound beyond is late anyway
const REASONS = {
  401: "This speaker wants an access code",
  403: "This speaker does not let this page in. Open it by the speaker’s own address",
  429: "Too many tries. Waiting a while",
};

export class Connection extends EventTarget {
  #base;
  #code;
  #socket;
  #pause = FIRST_PAUSE;
  #timer;
  #attempt = 0;

  /** `base`: address of the page; `code()`: the access code, or nothing. */
  constructor(base, code) {
    super();
    this.#base = base;
    this.#code = code;
    window.addEventListener("online", () => this.connect());
    window.addEventListener("offline", () => this.#drop("This device is offline"));
    document.addEventListener("visibilitychange", () => document.hidden || this.open || this.connect());
  }

  get open() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Knock, and come in; after a failure it is tried again by itself. */
  async connect() {
    if (this.#socket?.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#tell("connecting", "Connecting");
    const way = knock(this.#base, this.#code());
    const status = await this.#ask(way);
    if (attempt !== this.#attempt) return;
    if (status === 401) this.#tell("code", REASONS[401]);
    else if (status in REASONS) this.#later("refused", REASONS[status]);
    else if (status !== 204) this.#later("lost", "Not connected. Trying again");
    else this.#enter(way);
  }

  /** Stay away until `connect` is called: the speaker ended the visit. */
  rest() {
    this.#leave();
    this.#tell("resting", "Resting");
  }

  /** Send a message; false: there is nobody to take it. */
  send(message) {
    if (!this.open) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Send sound; on a line that is too slow it is dropped. */
  sendSound(buffer) {
    if (this.open && this.#socket.bufferedAmount < UNSENT) this.#socket.send(buffer);
  }

  /** The HTTP status of the door, 0 where nobody answers: a browser hides why it refused. */
  async #ask({ access, headers }) {
    try {
      return (await fetch(access, { headers, cache: "no-store" })).status;
    } catch {
      return 0;
    }
  }

  #enter({ voice, protocols }) {
    const socket = new WebSocket(voice, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#tell("open", "Connected");
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => socket === this.#socket && this.#later("lost", "Connection lost. Trying again");
    this.#socket = socket;
  }

  #receive(data) {
    if (data instanceof ArrayBuffer) return this.#dispatch("sound", data);
    const message = JSON.parse(data);
    // A full house opens the door only to say so.
    if (message.type !== "error") this.#pause = FIRST_PAUSE;
    return this.#dispatch("message", message);
  }

  #drop(text) {
    this.#leave();
    this.#later("lost", text);
  }

  #leave() {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#attempt++; // whoever still knocks does not come in
    socket?.close();
  }

  #later(state, text) {
    this.#socket = undefined;
    this.#tell(state, text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 1.7);
  }

  #tell(state, text) {
    this.#dispatch("state", { state, text });
  }

  #dispatch(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
  }
}
