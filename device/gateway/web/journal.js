// What happened, in words for people.

import { seconds } from "./timings.js";

const MOST = 100; // lines kept
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const plain = (service) => service.replaceAll("_", " ");
const INTERRUPTIONS = {
  speech: "You spoke, so Parlor fell silent.",
  wake_word: "A wake word cut the reply.",
  button: "A button cut the reply.",
};

/** By event of the speaker: its sentence, or "" when it is of no interest. `nameOf` an entity. */
const SENTENCES = {
  action_requested: (event, nameOf) => `Told ${nameOf(event.entity)}: ${plain(event.service)}.`,
  action_confirmed: (event, nameOf) => `${nameOf(event.entity)} has done it.`,
  no_speech: () => "Nobody spoke, so Parlor stopped listening.",
  not_addressed: () => "That was not meant for Parlor.",
  interrupted: (event) => INTERRUPTIONS[event.by] ?? "You cut in.",
  overlap: (event) => (event.kind === "backchannel" ? "You said something while Parlor spoke; it went on." : ""),
  stage_failed: (event) => `Something failed: ${event.message}.`,
  turn_measured: (event) =>
    "end_to_end" in event.stages ? `Parlor answered ${seconds(event.stages.end_to_end)} after your last word.` : "",
};

/** The sentence about an event; "" when it is of no interest. */
export function sentence(event, nameOf) {
  return SENTENCES[event.event]?.(event, nameOf) ?? "";
}

export class Journal {
  #list = document.getElementById("journal");
  #empty = document.getElementById("journal-empty");

  /** Note a sentence, newest first; nothing when it is empty. */
  note(said, { bad = false } = {}) {
    if (said === "") return;
    const row = document.createElement("li");
    const time = document.createElement("time");
    time.textContent = clock.format(new Date());
    row.append(time, ` ${said}`);
    row.classList.toggle("bad", bad);
    this.#list.prepend(row);
    this.#empty.hidden = true;
    if (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove();
  }
}
