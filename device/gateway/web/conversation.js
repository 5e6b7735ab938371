// What was said by both, and what is being understood right now.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const MOST = 200; // sayings kept on the page
const MOST_PLAYED = 4;

export class Conversation {
  #list = document.getElementById("conversation");
  #empty = document.getElementById("conversation-empty");
  #caption = document.getElementById("caption");
  #reply; // the reply that is being written
  #latest; // the last one that was begun
  #played = new Map(); // replies by turn, a few

  /** Show captions while somebody speaks? */
  captions = true;

  /** What was understood so far; not for screen readers: it changes all the time. */
  hear(text) {
    this.#caption.textContent = this.captions ? text : "";
  }

  /** The person's sentence, spoken or typed. */
  you(text, how) {
    this.hear("");
    this.finish();
    this.#add("you", "You", how).lastElementChild.textContent = text;
  }

  /** More of the reply. */
  parlor(text) {
    if (this.#reply === undefined) {
      this.#latest = this.#add("parlor", "Parlor", "");
      this.#reply = this.#latest.lastElementChild;
    }
    this.#reply.textContent += text;
    this.#scroll();
  }

  /** The reply is complete. */
  finish() {
    this.#reply = undefined;
  }

  /** The sound of this turn's reply begins. */
  play(turn) {
    this.#played.set(turn, this.#latest);
    if (this.#played.size > MOST_PLAYED) this.#played.delete(this.#played.keys().next().value);
  }

  /** The reply of a turn was cut. */
  cut(turn) {
    this.#played.get(turn)?.querySelector(".who").append(" · interrupted");
    this.#played.delete(turn);
  }

  /** Forget everything on the page. */
  clear() {
    this.#list.replaceChildren(this.#empty);
    this.#empty.hidden = false;
    this.#reply = this.#latest = undefined;
    this.#played.clear();
    this.hear("");
  }

  #add(kind, name, how) {
    this.#empty.hidden = true;
    const saying = document.createElement("div");
    saying.className = `saying ${kind}`;
    const who = document.createElement("p");
    who.className = "who";
    who.textContent = [name, clock.format(new Date()), how].filter(Boolean).join(" · ");
    const text = document.createElement("p");
    text.className = "text";
    saying.append(who, text);
    this.#list.append(saying);
    while (this.#list.childElementCount > MOST + 1) this.#list.children[1].remove();
    this.#scroll();
    return saying;
  }

  #scroll() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
