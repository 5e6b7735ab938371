// The talk button and what it says, by what the speaker does. Knows no socket and no sound.

const LOOKS = {
  connecting: { label: "Wait", hint: "Connecting", picture: "idle" },
  offline: { label: "Connect", hint: "Not connected", picture: "lost" },
  resting: { label: "Wake up", hint: "Parlor rests. Press to go on", picture: "idle" },
  idle: { label: "Talk", hint: "Press and speak", picture: "idle" },
  opening: { label: "Wait", hint: "The microphone is being opened", picture: "idle" },
  listening: { label: "Done", hint: "Listening", picture: "waiting" },
  hearing: { label: "Done", hint: "Listening", picture: "hearing" },
  processing: { label: "Stop", hint: "Thinking", picture: "thinking" },
  responding: { label: "Interrupt", hint: "Speaking. Press to interrupt", picture: "replying" },
};
const HANDS_FREE = {
  idle: { label: "Pause", hint: "Just speak" },
  listening: { label: "Pause", hint: "Just speak" },
  hearing: { label: "Pause", hint: "Listening" },
  responding: { label: "Interrupt", hint: "Speaking. Speak to interrupt" },
};

/** What the button and the ring show: {label, hint, picture}. */
export function look(state, handsFree) {
  return { ...LOOKS[state], ...(handsFree ? HANDS_FREE[state] : {}) };
}

/** What a press means: connect, listen, done, interrupt, pause or nothing. */
export function pressed(state, handsFree) {
  if (state === "offline" || state === "resting") return "connect";
  if (state === "connecting" || state === "opening") return "nothing";
  if (state === "processing" || state === "responding") return "interrupt";
  if (handsFree) return "pause";
  return state === "idle" ? "listen" : "done";
}

/** The state after an event of the speaker; the same when it changes nothing. */
export function after(state, event) {
  if (event.event === "state_changed") return event.new;
  if (event.event === "speech_started" && state === "listening") return "hearing";
  return state;
}
