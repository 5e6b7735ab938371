// The ring of lights: the patterns of device/hal/patterns.py, drawn on a canvas.

import { canvasOf, onFrame, still, wake } from "./drawing.js";

const LIGHTS = 24;
const TAIL = 0.4; // of the ring
const REST = 0.16; // a page that is dark looks broken: at rest the lights glow a little

const wave = (hertz, least = 0) => (seconds) => least + ((1 - least) * (1 - Math.cos(2 * Math.PI * hertz * seconds))) / 2;
const all = (level) => (seconds) => Array(LIGHTS).fill(level(seconds));

function turn(hertz) {
  return (seconds) => {
    const head = (seconds * Math.abs(hertz)) % 1;
    const levels = Array.from({ length: LIGHTS }, (_, place) => {
      const behind = (head - place / LIGHTS + 1) % 1;
      return Math.max(REST / 2, 1 - behind / TAIL);
    });
    return hertz > 0 ? levels : levels.reverse();
  };
}

function opposite(seconds) {
  const level = wave(1, 0.1)(seconds);
  return Array.from({ length: LIGHTS }, (_, place) => (place % (LIGHTS / 2) === 0 ? level : [1, 11].includes(place % (LIGHTS / 2)) ? level * 0.6 : REST / 2));
}

/** By what the speaker does; the same looks as the lights of the device. */
export const PICTURES = {
  idle: { draw: all(() => REST), calm: all(() => REST) },
  waiting: { draw: turn(0.5), calm: all(() => 0.7) },
  hearing: { draw: turn(1.25), calm: all(() => 1) },
  thinking: { draw: opposite, calm: () => opposite(0.5) },
  replying: { draw: turn(-0.75), calm: all(() => 0.85) },
  ringing: { draw: all(wave(1)), calm: all(() => 1) },
  error: { draw: all(wave(1.5, 0.2)), calm: all(() => 1), warns: true },
  lost: { draw: all(wave(0.5, 0.1)), calm: all(() => 0.4), warns: true },
};

export class Ring {
  #canvas = canvasOf("ring");
  #picture = "idle";
  #since = 0;
  #loudness = 0;

  constructor() {
    onFrame((now) => this.#paint(now));
  }

  get picture() {
    return this.#picture;
  }

  /** Show one of the pictures. */
  set picture(name) {
    if (name === this.#picture) return;
    this.#picture = name;
    this.#since = performance.now();
    this.#canvas.element.dataset.picture = name;
    wake();
  }

  /** How loud it is, 0 to 1: the ring breathes with the voice. */
  set loudness(level) {
    this.#loudness += (Math.min(1, level) - this.#loudness) * 0.35;
    wake();
  }

  #paint(now) {
    const { draw, calm, warns } = PICTURES[this.#picture];
    const levels = (still() ? calm : draw)((now - this.#since) / 1000);
    const { context, width, height, color } = this.#canvas.begin();
    const light = color(warns ? "--warning" : "--light");
    const [x, y, radius] = [width / 2, height / 2, Math.min(width, height) * 0.44];
    const swell = still() ? 0 : this.#loudness * radius * 0.02;
    levels.forEach((level, place) => {
      const angle = (2 * Math.PI * place) / LIGHTS - Math.PI / 2;
      const [px, py] = [x + (radius + swell) * Math.cos(angle), y + (radius + swell) * Math.sin(angle)];
      dot(context, px, py, radius * 0.034, light, level);
    });
    return this.#picture !== "idle" && !still();
  }
}

/** One light: a point that shines, and its glow. */
function dot(context, x, y, size, color, level) {
  const glow = context.createRadialGradient(x, y, 0, x, y, size * 4);
  glow.addColorStop(0, color);
  glow.addColorStop(1, color.replace(")", ", 0)"));
  context.fillStyle = glow;
  context.globalAlpha = 0.5 * level;
  circle(context, x, y, size * 4);
  context.fillStyle = color;
  context.globalAlpha = 0.2 + 0.8 * level;
  circle(context, x, y, size * (0.75 + 0.25 * level));
  context.globalAlpha = 1;
}

function circle(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
