// The microphone of this device: asked for when it is first wanted, with echo and noise taken away.

const CUTOFF = 10_500; // Hz; below half of the 24 kHz that is sent
const QUALITIES = [0.541, 1.307]; // two filters that make one Butterworth of fourth order

export class Microphone {
  #context;
  #stream;
  #onChunk;

  /** `onChunk(buffer, energy)` gets 2,048 samples of 16 bit and 24 kHz, and their RMS, 0 to 1. */
  constructor(onChunk) {
    this.#onChunk = onChunk;
  }

  get open() {
    return this.#stream !== undefined;
  }

  /** Whether this browser gives a page the microphone at all; over plain HTTP it does not. */
  static get allowed() {
    return window.isSecureContext && navigator.mediaDevices !== undefined;
  }

  /** Begin to hear. Throws a DOMException that `explain` puts into words. */
  async start({ device, echo, noise }) {
    if (this.open) return;
    const audio = { echoCancellation: echo, noiseSuppression: noise, autoGainControl: true, channelCount: 1 };
    if (device) audio.deviceId = { ideal: device };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const context = new AudioContext({ latencyHint: "interactive" });
    try {
      await context.audioWorklet.addModule(new URL("microphone-worklet.js", import.meta.url));
      const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
      recorder.port.onmessage = ({ data }) => this.#onChunk(data.chunk, data.energy);
      const filters = QUALITIES.map((Q) => new BiquadFilterNode(context, { type: "lowpass", frequency: CUTOFF, Q: decibels(Q) }));
      [context.createMediaStreamSource(stream), ...filters, recorder].reduce((from, to) => from.connect(to));
      await context.resume();
    } catch (error) {
      stream.getTracks().forEach((track) => track.stop());
      await context.close();
      throw error;
    }
    this.#stream = stream;
    this.#context = context;
    stream.getAudioTracks()[0].addEventListener("ended", () => this.stop());
  }

  /** Let the microphone go; the browser's sign that it is in use goes out. */
  async stop() {
    const { context, stream } = { context: this.#context, stream: this.#stream };
    this.#context = this.#stream = undefined;
    stream?.getTracks().forEach((track) => track.stop());
    await context?.close();
  }

  /** What can be chosen: [{id, label}]; without names until the microphone was allowed once. */
  static async devices() {
    if (!Microphone.allowed) return [];
    const found = await navigator.mediaDevices.enumerateDevices();
    return found
      .filter((one) => one.kind === "audioinput" && one.deviceId && one.deviceId !== "default")
      .map((one, place) => ({ id: one.deviceId, label: one.label || `Microphone ${place + 1}` }));
  }

  /** What a person can do about it. */
  static explain(error) {
    if (!Microphone.allowed) {
      return "A browser gives a page the microphone only over HTTPS or on the same machine. Open this page by https://, or type your question.";
    }
    switch (error?.name) {
      case "NotAllowedError":
        return "The microphone is not allowed for this page. Allow it in the browser’s address bar, or type your question.";
      case "NotFoundError":
        return "This device has no microphone that the browser can find. Plug one in, or type your question.";
      case "NotReadableError":
        return "Another program holds the microphone. Close it there, then press again.";
      default:
        return `The microphone does not start: ${error?.message ?? error}.`;
    }
  }
}

/** Web Audio wants the quality of a low pass in dB. */
function decibels(quality) {
  return 20 * Math.log10(quality);
}
