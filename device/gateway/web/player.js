// The loudspeaker of this device: plays 16-bit sound of 24 kHz as it arrives.

const RATE = 24_000;

export class Player extends EventTarget {
  #context;
  #node;
  #gain;
  #starting;
  #early = []; // sound that came before a person allowed the page to play any
  #volume = 1;

  /** Be ready to play; call it from a click or a key: browsers let no page play before. */
  start() {
    this.#starting ??= this.#open();
    this.#context?.resume();
    return this.#starting;
  }

  get volume() {
    return this.#volume;
  }

  /** 0 to 1. */
  set volume(volume) {
    this.#volume = volume;
    this.#gain?.gain.setTargetAtTime(volume, this.#context.currentTime, 0.02);
  }

  /** Sound follows. */
  begin() {
    this.#tell({ ended: false });
  }

  /** Queue an ArrayBuffer of sound. */
  play(buffer) {
    const whole = new Int16Array(buffer, 0, buffer.byteLength >> 1);
    const sound = Float32Array.from(whole, (sample) => sample / 32_768);
    if (this.#node === undefined) this.#early = [...this.#early, sound].slice(-500);
    else this.#tell({ sound }, [sound.buffer]);
  }

  /** Nothing follows; what waits is played to its end. */
  end() {
    this.#tell({ ended: true });
  }

  /** Silence at once. */
  stop() {
    this.#early = [];
    this.#tell({ clear: true, ended: true });
  }

  /** Three soft notes: a timer is over. */
  chime() {
    if (this.#context === undefined) return;
    [0, 0.25, 0.5].forEach((later, place) => this.#note(this.#context.currentTime + later, [659, 784, 988][place]));
  }

  async #open() {
    const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
    await context.audioWorklet.addModule(new URL("player-worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    const gain = new GainNode(context, { gain: this.#volume });
    node.port.onmessage = ({ data }) => this.#report(data);
    node.connect(gain).connect(context.destination);
    this.#context = context;
    this.#node = node;
    this.#gain = gain;
    this.#early.splice(0).forEach((sound) => this.#tell({ sound }, [sound.buffer]));
    await context.resume();
  }

  #report({ playing, energy }) {
    if (playing !== undefined) this.dispatchEvent(new CustomEvent("playing", { detail: playing }));
    if (energy !== undefined) this.dispatchEvent(new CustomEvent("energy", { detail: energy }));
  }

  #tell(command, transfer = []) {
    this.#node?.port.postMessage(command, transfer);
  }

  #note(at, frequency) {
    const tone = new OscillatorNode(this.#context, { frequency });
    const gain = new GainNode(this.#context, { gain: 0 });
    gain.gain.setTargetAtTime(0.2, at, 0.01);
    gain.gain.setTargetAtTime(0, at + 0.12, 0.08);
    tone.connect(gain).connect(this.#gain);
    tone.start(at);
    tone.stop(at + 0.8);
  }
}
