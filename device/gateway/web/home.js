// Timers, things and announcements of the home, as device/gateway/home_view.py tells them.

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const KINDS = { timer: "Timer", alarm: "Alarm", reminder: "Reminder" };
const ON = new Set(["on", "open", "opening", "unlocked", "playing", "cleaning", "heat", "cool", "auto"]);

/** What is left, as 1:02:03 or 2:03. */
export function countdown(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => String(part).padStart(place ? 2 : 1, "0")).join(":");
}

/** A state in words; `on` and `21.5 °C` alike. */
export function stateText({ state, unit }) {
  if (!state || state === "unknown") return "not known";
  return [state.replaceAll("_", " "), unit].filter(Boolean).join(" ");
}

export class Home {
  #timers = [];
  #entities = new Map();
  #onOver;

  /** `onOver(timer)` is called once for each timer that comes to its end. */
  constructor(onOver) {
    this.#onOver = onOver;
    setInterval(() => this.#tick(), 250);
  }

  /** The name that people say; the id where nothing of that id is known. */
  nameOf(id) {
    return this.#entities.get(id)?.name ?? id.split(".").at(-1).replaceAll("_", " ");
  }

  /** Take one part of the home. */
  take(message) {
    if (message.event === "timers") this.#takeTimers(message.timers);
    if (message.event === "entities") this.#takeEntities(message);
    if (message.event === "announcements") this.#takeAnnouncements(message.announcements);
  }

  #takeTimers(timers) {
    const now = performance.now();
    this.#timers = timers.map((timer) => ({ ...timer, over: false, ends: now + 1000 * (timer.seconds_left ?? Infinity) }));
    const rows = this.#timers.map((timer) => {
      timer.row = document.createElement("li");
      const name = text("span", timer.name || nameless(timer), "timer-name");
      timer.left = text("span", "", "timer-left");
      timer.bar = document.createElement("progress");
      timer.bar.max = 1;
      timer.bar.setAttribute("aria-label", `${name.textContent}, what is left`);
      timer.row.append(name, timer.left, ...(timer.kind === "timer" ? [timer.bar] : []));
      return timer.row;
    });
    document.getElementById("timers").replaceChildren(...rows);
    document.getElementById("timers-empty").hidden = rows.length > 0;
    this.#tick();
  }

  #tick() {
    for (const timer of this.#timers) {
      const left = timer.is_active ? (timer.ends - performance.now()) / 1000 : timer.seconds_left;
      if (timer.kind !== "timer") timer.left.textContent = timer.due ? clock.format(new Date(timer.due)) : "";
      else timer.left.textContent = timer.is_active ? countdown(left) : `${countdown(left)}, paused`;
      timer.bar.value = timer.total_seconds ? Math.max(0, left / timer.total_seconds) : 0;
      if (left > 0 || timer.over || !timer.is_active) continue;
      timer.over = true;
      timer.row.classList.add("over");
      this.#onOver(timer);
    }
  }

  #takeEntities({ entities, gone }) {
    gone.forEach((id) => this.#entities.delete(id));
    entities.forEach((one) => this.#entities.set(one.id, one));
    const rooms = grouped(this.#entities.values());
    const named = [...rooms].sort(([one], [other]) => (one === "") - (other === "") || one.localeCompare(other));
    document.getElementById("entities").replaceChildren(...named.flatMap(([area, things]) => room(area, things, named.length)));
    document.getElementById("entities-empty").hidden = this.#entities.size > 0;
  }

  #takeAnnouncements(announcements) {
    const rows = [...announcements].reverse().map(({ text: said, at }) => {
      const row = text("li", said);
      row.prepend(text("time", `${clock.format(new Date(at))} `));
      return row;
    });
    document.getElementById("announcements").replaceChildren(...rows);
    document.getElementById("announcements-empty").hidden = rows.length > 0;
  }
}

function nameless(timer) {
  const length = timer.kind === "timer" ? `${countdown(timer.total_seconds)} ` : "";
  return `${length}${KINDS[timer.kind] ?? timer.kind}`;
}

function room(area, things, rooms) {
  const list = document.createElement("ul");
  list.className = "things";
  list.append(...things.map(thing));
  if (rooms === 1 && !area) return [list];
  return [text("h4", area || "Elsewhere"), list];
}

function thing(one) {
  const row = document.createElement("li");
  const state = text("span", stateText(one), "state");
  state.classList.toggle("on", ON.has(one.state));
  row.dataset.id = one.id;
  row.append(text("span", one.name), state);
  return row;
}

function grouped(things) {
  const rooms = new Map();
  for (const one of things) rooms.set(one.area, [...(rooms.get(one.area) ?? []), one]);
  return rooms;
}

function text(tag, content, className = "") {
  const element = document.createElement(tag);
  element.textContent = content;
  element.className = className;
  return element;
}
