// What all drawings share: sharp canvases, the colors of the style sheet, one clock of frames
// that stands still when nothing moves.

const painters = [];
const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
const resized = new ResizeObserver(() => wake());
let awake = false;

motion.addEventListener("change", () => wake());
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wake());

/** Whether somebody asked for less motion. */
export function still() {
  return motion.matches;
}

/** A canvas by its id: `begin()` clears it and gives {context, width, height, color} in CSS pixels. */
export function canvasOf(id) {
  const element = document.getElementById(id);
  const context = element.getContext("2d");
  resized.observe(element);
  return {
    element,
    begin() {
      const { clientWidth: width, clientHeight: height } = element;
      const ratio = window.devicePixelRatio || 1;
      const [sharpWidth, sharpHeight] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (element.width !== sharpWidth) element.width = sharpWidth;
      if (element.height !== sharpHeight) element.height = sharpHeight;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      const style = getComputedStyle(element);
      return { context, width, height, color: (name) => style.getPropertyValue(name).trim() };
    },
  };
}

/** Call `paint(now)` before every frame for as long as it gives true; `wake` begins again. */
export function onFrame(paint) {
  painters.push(paint);
  wake();
}

/** Something to draw has changed. */
export function wake() {
  if (awake) return;
  awake = true;
  requestAnimationFrame(frame);
}

function frame(now) {
  awake = painters.map((paint) => paint(now)).includes(true);
  if (awake) requestAnimationFrame(frame);
}
