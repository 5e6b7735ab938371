// The level of the microphone and the waveform of both voices.

import { canvasOf, onFrame, wake } from "./drawing.js";

const SPAN = 5_000; // ms that the waveform shows
const FLOOR = 55; // dB below full scale that still show
const BARS = 50; // each a little longer than what one message of sound lasts

/** 0 to 1 on a scale of dB, as loudness is heard. */
export function loudness(energy) {
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(Math.max(energy, 1e-9))) / FLOOR));
}

export class Levels {
  #canvas = canvasOf("waveform");
  #meter = document.getElementById("level");
  #heard = [];
  #said = [];

  constructor() {
    onFrame((now) => this.#paint(now));
  }

  /** RMS of what the microphone just heard. */
  hear(energy) {
    this.#meter.value = loudness(energy);
    this.#keep(this.#heard, energy);
  }

  /** RMS of what was just played. */
  say(energy) {
    this.#keep(this.#said, energy);
  }

  /** The microphone is not in use any more. */
  rest() {
    this.#meter.value = 0;
  }

  #keep(levels, energy) {
    const at = performance.now();
    levels.push({ at, level: loudness(energy) });
    while (levels[0].at < at - SPAN) levels.shift();
    wake();
  }

  #paint(now) {
    const { context, width, height, color } = this.#canvas.begin();
    const middle = height / 2;
    context.fillStyle = color("--line");
    context.fillRect(0, middle - 0.5, width, 1);
    const slot = width / BARS;
    const draw = (levels, sign) =>
      spread(levels, now, BARS).forEach((level, place) => {
        const tall = level * (middle - 2);
        context.beginPath();
        context.roundRect((place + 0.2) * slot, sign < 0 ? middle - tall : middle, slot * 0.6, tall, slot * 0.3);
        context.fill();
      });
    context.fillStyle = color("--you");
    draw(this.#heard, -1);
    context.fillStyle = color("--parlor");
    draw(this.#said, 1);
    return [this.#heard, this.#said].some((levels) => (levels.at(-1)?.at ?? -Infinity) > now - SPAN);
  }
}

/** The loudest level in each of `count` moments of the last SPAN, oldest first. */
export function spread(levels, now, count) {
  const bars = Array(count).fill(0);
  for (const { at, level } of levels) {
    const place = Math.floor(((at - now) / SPAN + 1) * count);
    if (place >= 0 && place < count) bars[place] = Math.max(bars[place], level);
  }
  return bars;
}
