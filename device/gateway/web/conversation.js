// What was said by both, and what is being understood right now.

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const MOST = 200; // sayings kept on the page

export class Conversation {
  #list = document.getElementById("conversation");
  #empty = document.getElementById("conversation-empty");
  #caption = document.getElementById("caption");
  #reply; // the reply that is being written

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
    this.#add("you", "You", how).textContent = text;
  }

  /** More of the reply. */
  parlor(text) {
    this.#reply ??= this.#add("parlor", "Parlor", "");
    this.#reply.textContent += text;
    this.#scroll();
  }

  /** The reply is complete, or it was cut. */
  finish({ cut = false } = {}) {
    if (cut) this.#mark();
    this.#reply = undefined;
  }

  /** Forget everything on the page. */
  clear() {
    this.#list.replaceChildren(this.#empty);
    this.#empty.hidden = false;
    this.#reply = undefined;
    this.hear("");
  }

  #mark() {
    const last = this.#list.querySelector(".saying:last-child.parlor .who");
    if (last === null || last.dataset.cut) return;
    last.dataset.cut = "yes";
    last.append(" · interrupted");
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
    return text;
  }

  #scroll() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
