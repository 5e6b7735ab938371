// Who spoke when, over the last minute.

import { canvasOf, onFrame, wake } from "./drawing.js";

const SPAN = 60_000; // ms
const NAMES = { you: "You", parlor: "Parlor" };
const MARGIN = 52; // CSS pixels for the names

export class Lanes {
  #canvas = canvasOf("lanes");
  #spans = { you: [], parlor: [] };
  #drawn = 0;

  constructor() {
    onFrame((now) => this.#paint(now));
    setInterval(() => this.#busy(performance.now()) && wake(), 250);
  }

  /** `who`, you or parlor, begins to speak. */
  begin(who) {
    const spans = this.#spans[who];
    if (spans.at(-1)?.stop === null) return;
    spans.push({ start: performance.now(), stop: null });
    if (spans.length > 100) spans.shift();
    wake();
  }

  /** `who` is silent. */
  end(who) {
    const last = this.#spans[who].at(-1);
    if (last?.stop === null) last.stop = performance.now();
    this.#describe();
    wake();
  }

  #busy(now) {
    return Object.values(this.#spans).some((spans) => (spans.at(-1)?.stop ?? now) > now - SPAN && spans.length > 0);
  }

  #paint(now) {
    if (Math.abs(now - this.#drawn) < 100) return true;
    this.#drawn = now;
    const { context, width, height, color } = this.#canvas.begin();
    const lane = (height - 18) / 2;
    const x = (at) => MARGIN + (width - MARGIN) * Math.max(0, 1 + (at - now) / SPAN);
    context.font = `13px ${color("--font")}`;
    context.textBaseline = "middle";
    Object.keys(NAMES).forEach((who, row) => {
      const y = row * lane;
      context.fillStyle = color("--ink");
      context.fillText(NAMES[who], 0, y + lane / 2);
      context.fillStyle = color("--line");
      context.fillRect(MARGIN, y + lane / 2 - 0.5, width - MARGIN, 1);
      context.fillStyle = color(`--${who}`);
      for (const { start, stop } of this.#spans[who]) {
        if ((stop ?? now) < now - SPAN) continue;
        context.beginPath();
        context.roundRect(x(start), y + 4, Math.max(3, x(stop ?? now) - x(start)), lane - 8, 4);
        context.fill();
      }
    });
    this.#scale(context, width, height, color);
    return false;
  }

  #scale(context, width, height, color) {
    context.fillStyle = color("--soft");
    context.font = `11px ${color("--font")}`;
    for (const seconds of [60, 40, 20, 0]) {
      const text = seconds === 0 ? "now" : `−${seconds} s`;
      const at = MARGIN + (width - MARGIN) * (1 - seconds / 60);
      context.textAlign = seconds === 60 ? "left" : seconds === 0 ? "right" : "center";
      context.fillText(text, at, height - 6);
    }
    context.textAlign = "left";
  }

  #describe() {
    const now = performance.now();
    const seconds = (who) =>
      this.#spans[who].reduce((sum, { start, stop }) => sum + Math.max(0, (stop ?? now) - Math.max(start, now - SPAN)), 0) / 1000;
    this.#canvas.element.ariaLabel = `In the last minute you spoke for ${seconds("you").toFixed(1)} seconds, Parlor for ${seconds("parlor").toFixed(1)} seconds`;
  }
}
