// Puts the page together: what is heard goes to the speaker, what it tells is shown and played.

import { Access } from "./access.js";
import { Connection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { Home } from "./home.js";
import { Journal, sentence } from "./journal.js";
import { Lanes } from "./lanes.js";
import { Levels, loudness } from "./levels.js";
import { Microphone } from "./microphone.js";
import { Player } from "./player.js";
import { soundMessage, startMessage } from "./protocol.js";
import { Ring } from "./ring.js";
import { Settings } from "./settings.js";
import { after, look, pressed } from "./talk.js";
import { Timings } from "./timings.js";

const NOTICE_SECONDS = 12;
const RELEASE_SECONDS = 20; // after which a microphone that nobody needs is let go
const RINGING_SECONDS = 6;

const at = (id) => document.getElementById(id);

class Page {
  #state = "connecting";
  #typed = []; // questions whose transcript is still to come
  #playing = false;
  #release;
  #notice;
  #ringing;
  #ring = new Ring();
  #levels = new Levels();
  #lanes = new Lanes();
  #journal = new Journal();
  #timings = new Timings();
  #conversation = new Conversation();
  #settings = new Settings();
  #player = new Player();
  #microphone = new Microphone((chunk, energy) => this.#hear(chunk, energy));
  #home = new Home((timer) => this.#ringTimer(timer));
  #access = new Access(() => this.#connection.connect());
  #connection = new Connection(document.baseURI, () => this.#access.code);

  constructor() {
    this.#connection.addEventListener("state", ({ detail }) => this.#connected(detail));
    this.#connection.addEventListener("message", ({ detail }) => this.#take(detail));
    this.#connection.addEventListener("sound", ({ detail }) => this.#player.play(detail));
    this.#player.addEventListener("playing", ({ detail }) => this.#plays(detail));
    this.#player.addEventListener("energy", ({ detail }) => this.#say(detail));
    this.#settings.addEventListener("change", ({ detail }) => this.#changed(detail));
    at("talk").addEventListener("click", () => this.#press());
    at("stop").addEventListener("click", () => this.#stop());
    at("forget").addEventListener("click", () => this.#forget());
    at("forget-code").addEventListener("click", () => this.#access.forget());
    at("ask").addEventListener("submit", (event) => this.#ask(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#changed("volume");
    this.#changed("captions");
    // Browsers open no microphone before somebody has touched the page.
    this.#settings.set("handsFree", false);
    this.#show("connecting");
    this.#connection.connect();
  }

  get #handsFree() {
    return this.#settings.values.handsFree;
  }

  // What people do

  async #press() {
    this.#player.start();
    switch (pressed(this.#state, this.#handsFree)) {
      case "connect":
        return this.#connection.connect();
      case "listen":
        return (await this.#open()) && this.#connection.send({ type: "listen" });
      case "done":
        return this.#connection.send({ type: "end_of_speech" });
      case "interrupt":
        return this.#interrupt();
      case "pause":
        return this.#settings.set("handsFree", false);
    }
  }

  async #interrupt() {
    this.#player.stop();
    if (!this.#handsFree) await this.#open();
    this.#connection.send({ type: "interrupt" });
  }

  #stop() {
    this.#player.stop();
    this.#connection.send({ type: "stop" });
  }

  #forget() {
    this.#conversation.clear();
    this.#connection.send({ type: "reset" });
  }

  #ask(event) {
    event.preventDefault();
    const text = at("question").value.trim();
    if (text === "") return;
    this.#player.start();
    if (!this.#connection.send({ type: "text", content: text })) {
      this.#connection.connect();
      return this.#tell("Not connected. Your question is kept; send it again in a moment.");
    }
    at("question").value = "";
    this.#typed.push(text);
    this.#conversation.you(text, "typed");
  }

  #key(event) {
    const inDialog = document.querySelector("dialog[open]") !== null;
    if (event.key !== "Escape" || inDialog || this.#state === "idle") return;
    event.preventDefault();
    this.#player.stop();
    this.#connection.send({ type: "interrupt" });
  }

  async #changed(name) {
    const { volume, captions } = this.#settings.values;
    if (name === "volume") this.#player.volume = volume;
    if (name === "captions") this.#conversation.captions = captions;
    if (name === "handsFree") await this.#switchMode();
    if (["device", "echo", "noise"].includes(name) && this.#microphone.open) {
      await this.#microphone.stop();
      await this.#open();
    }
  }

  async #switchMode() {
    if (this.#handsFree) {
      this.#player.start();
      if (!(await this.#open())) return this.#settings.set("handsFree", false);
    } else {
      this.#letGo();
    }
    this.#connection.send(startMessage(this.#handsFree));
    this.#show(this.#state);
  }

  // The microphone

  /** Whether there is one now; else what to do about it was said. */
  async #open() {
    clearTimeout(this.#release);
    const before = this.#state;
    if (!this.#microphone.open) this.#show("opening");
    try {
      await this.#microphone.start(this.#settings.values);
      return true;
    } catch (error) {
      this.#tell(Microphone.explain(error));
      return false;
    } finally {
      if (this.#state === "opening") this.#show(before);
    }
  }

  #hear(chunk, energy) {
    this.#levels.hear(energy);
    const wanted = this.#handsFree || this.#state === "listening" || this.#state === "hearing";
    if (!wanted) return;
    if (!this.#playing) this.#ring.loudness = loudness(energy);
    const timeMs = performance.now();
    this.#connection.sendSound(soundMessage(chunk, { timeMs, playing: this.#playing, energy }));
  }

  async #letGo() {
    await this.#microphone.stop();
    this.#levels.rest();
  }

  // What the speaker tells

  #connected({ state, text }) {
    at("connection").dataset.state = state;
    at("connection-text").textContent = text;
    if (state === "connecting") return;
    if (state === "code") this.#access.ask();
    if (state === "open") {
      this.#journal.note("Connected.");
      this.#connection.send(startMessage(this.#handsFree));
      this.#show("idle");
      return;
    }
    if (!["connecting", "offline"].includes(this.#state) && state === "lost") this.#journal.note("The connection was lost.", { bad: true });
    this.#player.stop();
    this.#typed = [];
    this.#show(state === "resting" ? "resting" : "offline");
  }

  #take(message) {
    switch (message.type) {
      case "partial_transcript":
        return this.#conversation.hear(message.content);
      case "final_transcript":
        return this.#understood(message.content);
      case "llm_response":
        if (message.content) this.#conversation.parlor(message.content);
        return message.is_complete && this.#conversation.finish();
      case "tts_start":
        return this.#player.begin();
      case "tts_end":
        return this.#player.end();
      case "tts_stop":
        return this.#player.stop();
      case "stop_acknowledged":
        return this.#connection.send(startMessage(this.#handsFree));
      case "error":
        return this.#failed(message);
      case "event":
        return this.#happened(message);
    }
  }

  #understood(text) {
    const [first, ...rest] = this.#typed;
    if (first === text) this.#typed = rest;
    else if (text) this.#conversation.you(text, "");
    this.#conversation.hear("");
  }

  #failed({ message, code }) {
    if (code === "visit-over") this.#connection.rest();
    this.#tell(sentenceOf(message));
    this.#flash("error", 3);
  }

  #happened(event) {
    if ("timers" in event || "entities" in event || "announcements" in event) return this.#home.take(event);
    this.#journal.note(sentence(event, (id) => this.#home.nameOf(id)), { bad: event.event === "stage_failed" });
    switch (event.event) {
      case "speech_started":
        this.#lanes.begin("you");
        break;
      case "speech_ended":
      case "turn_ended":
      case "no_speech":
        this.#lanes.end("you");
        break;
      case "playback_started":
        this.#conversation.play(event.turn_id);
        break;
      case "playback_finished":
        if (!event.completed) this.#conversation.cut(event.turn_id);
        break;
      case "turn_measured":
        this.#timings.add(event.stages);
        break;
    }
    this.#show(after(this.#state, event));
  }

  // What is seen and heard

  #show(state) {
    const before = this.#state;
    this.#state = state;
    const { label, hint, picture } = look(state, this.#handsFree);
    document.body.dataset.state = state;
    at("talk-label").textContent = label;
    if (at("talk-hint").textContent !== hint) at("talk-hint").textContent = hint;
    if (this.#ringing === undefined) this.#ring.picture = picture;
    if (state === "idle" || state === "offline") this.#lanes.end("you");
    if (state !== before && state === "idle" && !this.#handsFree) {
      clearTimeout(this.#release);
      this.#release = setTimeout(() => this.#letGo(), RELEASE_SECONDS * 1000);
    }
    if (state === "listening") clearTimeout(this.#release);
  }

  #plays(playing) {
    this.#playing = playing;
    if (playing) this.#lanes.begin("parlor");
    else this.#lanes.end("parlor");
  }

  #say(energy) {
    this.#levels.say(energy);
    if (this.#playing) this.#ring.loudness = loudness(energy);
  }

  #ringTimer(timer) {
    this.#journal.note(`${timer.name ? `The timer “${timer.name}”` : "A timer"} is over.`);
    this.#player.chime();
    this.#flash("ringing", RINGING_SECONDS);
  }

  #flash(picture, seconds) {
    clearTimeout(this.#ringing);
    this.#ring.picture = picture;
    this.#ringing = setTimeout(() => {
      this.#ringing = undefined;
      this.#show(this.#state);
    }, seconds * 1000);
  }

  #tell(text) {
    clearTimeout(this.#notice);
    this.#journal.note(text, { bad: true });
    at("notice").textContent = text;
    at("notice").hidden = false;
    this.#notice = setTimeout(() => (at("notice").hidden = true), NOTICE_SECONDS * 1000);
  }
}

function sentenceOf(text) {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

new Page();
