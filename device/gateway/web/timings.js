// How long answers take: the stages of the last turn as a waterfall, and percentiles of many.

const MOST = 100; // turns that are looked back on
const WHOLE = "end_to_end";
// In the order in which a turn goes through them; the names are those of `parlor metrics`.
const STAGES = {
  vad: "Silence waited for",
  stt: "Understanding",
  agent: "Working out what to do",
  action: "Acting in the home",
  llm_first_token: "Thinking of an answer",
  tts_first_chunk: "First sound of the voice",
};

/** The value within which `share` of the values are; the same choice as device/metrics makes. */
export function percentile(values, share) {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[roundHalfEven(share * (ordered.length - 1))];
}

/** Halves go to the even neighbour, as in Python. */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below + (below % 2);
}

/** What is said of milliseconds. */
export function seconds(ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms)} ms`;
}

export class Timings {
  #turns = [];
  #rows = document.getElementById("stage-rows");
  #table = document.getElementById("stages");
  #empty = document.getElementById("stages-empty");
  #figures = Object.fromEntries(["last", "p50", "p95", "count"].map((name) => [name, document.getElementById(`answer-${name}`)]));

  /** Take the stages of a turn that is over, in milliseconds. */
  add(stages) {
    this.#turns = [...this.#turns, stages].slice(-MOST);
    this.#table.hidden = false;
    this.#empty.hidden = true;
    this.#show(stages);
    this.#waterfall(stages);
  }

  #show(stages) {
    const whole = this.#of(WHOLE);
    this.#figures.count.textContent = String(whole.length);
    if (whole.length === 0) return;
    this.#figures.last.textContent = WHOLE in stages ? seconds(stages[WHOLE]) : "–";
    this.#figures.p50.textContent = seconds(percentile(whole, 0.5));
    this.#figures.p95.textContent = seconds(percentile(whole, 0.95));
  }

  #waterfall(stages) {
    const taken = Object.keys(STAGES).filter((name) => this.#of(name).length > 0);
    const total = Math.max(1, taken.reduce((sum, name) => sum + (stages[name] ?? 0), 0));
    let begun = 0;
    const rows = taken.map((name) => {
      const row = this.#row(name, stages[name], begun / total, (stages[name] ?? 0) / total);
      begun += stages[name] ?? 0;
      return row;
    });
    this.#rows.replaceChildren(...rows);
  }

  #row(name, last, from, share) {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = STAGES[name];
    const cell = document.createElement("td");
    cell.className = "bar-cell";
    const bar = document.createElement("span");
    bar.className = "span";
    bar.style.marginLeft = `${from * 100}%`;
    bar.style.width = `${share * 100}%`;
    cell.append(bar);
    const values = this.#of(name);
    const numbers = [last, percentile(values, 0.5), percentile(values, 0.95)].map((ms) => {
      const number = document.createElement("td");
      number.textContent = ms === undefined ? "–" : String(Math.round(ms));
      return number;
    });
    row.append(head, cell, ...numbers);
    return row;
  }

  #of(name) {
    return this.#turns.filter((stages) => name in stages).map((stages) => stages[name]);
  }
}
