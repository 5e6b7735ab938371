// Turns what the microphone hears into 16-bit sound of 24 kHz, 2,048 samples a message.
// What comes in was low-passed before, so that straight lines between samples are good enough.

const RATE = 24_000;
const CHUNK = 2_048;

class Recorder extends AudioWorkletProcessor {
  #chunk = new Int16Array(CHUNK);
  #filled = 0;
  #position = 0; // of the next sample wanted, counted from `#last`
  #last = 0; // the sample before this block
  #sum = 0;

  process([[heard]]) {
    if (heard === undefined) return true;
    const step = sampleRate / RATE;
    while (this.#position < heard.length) {
      const before = Math.floor(this.#position);
      const one = before === 0 ? this.#last : heard[before - 1];
      this.#take(one + (heard[before] - one) * (this.#position - before));
      this.#position += step;
    }
    this.#position -= heard.length;
    this.#last = heard[heard.length - 1];
    return true;
  }

  #take(value) {
    const sample = Math.max(-1, Math.min(1, value));
    this.#chunk[this.#filled++] = Math.round(sample * 32_767);
    this.#sum += sample * sample;
    if (this.#filled < CHUNK) return;
    const energy = Math.sqrt(this.#sum / CHUNK);
    this.port.postMessage({ chunk: this.#chunk.buffer, energy }, [this.#chunk.buffer]);
    this.#chunk = new Int16Array(CHUNK);
    this.#filled = 0;
    this.#sum = 0;
  }
}

registerProcessor("recorder", Recorder);
