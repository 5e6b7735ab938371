// What people set; it stays in this browser.

import { wake } from "./drawing.js";
import { Microphone } from "./microphone.js";

const KEY = "parlor-settings";
const USUAL = { theme: "system", device: "", volume: 1, echo: true, noise: true, captions: true, handsFree: false };
const FIELDS = { theme: "theme", device: "input-device", volume: "volume", echo: "echo", noise: "noise", captions: "captions", handsFree: "hands-free" };

export class Settings extends EventTarget {
  #values = { ...USUAL, ...kept() };
  #dialog = document.getElementById("settings");

  constructor() {
    super();
    Object.entries(FIELDS).forEach(([name, id]) => this.#bind(name, document.getElementById(id)));
    document.getElementById("open-settings").addEventListener("click", () => this.#open());
    this.#apply();
  }

  get values() {
    return this.#values;
  }

  /** Change one as if a person had. */
  set(name, value) {
    const field = document.getElementById(FIELDS[name]);
    write(field, value);
    this.#take(name, field);
  }

  #bind(name, field) {
    write(field, this.#values[name]);
    field.addEventListener("input", () => this.#take(name, field));
  }

  #take(name, field) {
    this.#values = { ...this.#values, [name]: read(field) };
    localStorage.setItem(KEY, JSON.stringify(this.#values));
    this.#apply();
    this.dispatchEvent(new CustomEvent("change", { detail: name }));
  }

  #apply() {
    document.documentElement.dataset.theme = this.#values.theme;
    wake();
  }

  async #open() {
    this.#dialog.showModal();
    const chosen = this.#values.device;
    const choices = (await Microphone.devices()).map(({ id, label }) => new Option(label, id, false, id === chosen));
    document.getElementById("input-device").replaceChildren(new Option("The usual one", ""), ...choices);
    document.getElementById("input-device").value = choices.some(({ value }) => value === chosen) ? chosen : "";
  }
}

function read(field) {
  if (field.type === "checkbox") return field.checked;
  return field.type === "range" ? Number(field.value) : field.value;
}

function write(field, value) {
  if (field.type === "checkbox") field.checked = value;
  else field.value = value;
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}
