// Plays what arrives, one after the other; tells how loud it is, and when it falls silent.

const REPORT = 2_048; // samples between two reports
const CUSHION = 960; // samples to have before a silent player begins: 40 ms
const FADE = 240; // samples over which a cut reply fades: 10 ms

class Player extends AudioWorkletProcessor {
  #queue = [];
  #waiting = 0;
  #at = 0;
  #playing = false;
  #last = 0;
  #sum = 0;
  #count = 0;
  #ended = true; // no more is coming: what waits is played however little it is

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#command(data);
  }

  process(_, [[out]]) {
    if (!this.#playing && this.#waiting > (this.#ended ? 0 : CUSHION)) this.#turn(true);
    for (let index = 0; index < out.length; index++) {
      this.#last = this.#playing ? this.#next() : this.#last * (1 - 8 / FADE);
      out[index] = this.#last;
      this.#sum += this.#last * this.#last;
    }
    this.#count += out.length;
    if (this.#playing && this.#waiting === 0) this.#turn(false);
    if (this.#count >= REPORT) this.#report();
    return true;
  }

  #command({ sound, ended, clear }) {
    if (sound !== undefined) {
      this.#queue.push(sound);
      this.#waiting += sound.length;
    }
    if (ended !== undefined) this.#ended = ended;
    if (clear) {
      this.#queue = [];
      this.#waiting = this.#at = 0;
      if (this.#playing) this.#turn(false);
    }
  }

  #next() {
    if (this.#waiting === 0) return 0;
    const value = this.#queue[0][this.#at++];
    this.#waiting--;
    if (this.#at === this.#queue[0].length) {
      this.#queue.shift();
      this.#at = 0;
    }
    return value;
  }

  #turn(playing) {
    this.#playing = playing;
    this.port.postMessage({ playing });
  }

  #report() {
    this.port.postMessage({ energy: Math.sqrt(this.#sum / this.#count) });
    this.#sum = this.#count = 0;
  }
}

registerProcessor("player", Player);
