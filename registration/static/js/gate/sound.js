// Four sounds, one for each kind of verdict: told apart without looking. And the matching buzz.

/** @typedef {"in" | "already" | "attention" | "refused"} Tone */

const MUTED = "einlass-muted";

/** @type {Record<Tone, {wave: OscillatorType, notes: [frequency: number, seconds: number][]}>} */
const MELODIES = {
  in: { wave: "sine", notes: [[784, 0.09], [1175, 0.2]] },
  already: { wave: "triangle", notes: [[587, 0.13], [0, 0.06], [587, 0.13]] },
  attention: { wave: "triangle", notes: [[440, 0.35]] },
  refused: { wave: "square", notes: [[233, 0.16], [0, 0.05], [175, 0.16], [0, 0.05], [131, 0.34]] },
};

/** @type {Record<Tone, number[]>} */
const BUZZES = { in: [60], already: [60, 80, 60], attention: [250], refused: [180, 80, 180, 80, 300] };

/** @type {AudioContext | undefined} */
let context;

/** Makes sound possible: browsers allow it only after a touch or a key. */
export function unlock() {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
}

export function isMuted() {
  return localStorage.getItem(MUTED) === "yes";
}

/** @param {boolean} muted */
export function setMuted(muted) {
  localStorage.setItem(MUTED, muted ? "yes" : "no");
}

/** Whether the browser lets the page sound now. */
export function isAudible() {
  return !isMuted() && context?.state === "running";
}

/**
 * @param {Tone} tone
 * @param {boolean} [hasNote]  let in, but there is something to read: both sounds, one by one
 */
export function play(tone, hasNote = false) {
  navigator.vibrate?.(hasNote ? [...BUZZES[tone], 120, ...BUZZES.attention] : BUZZES[tone]);
  if (isMuted() || context?.state !== "running") return;
  const after = sing(context, tone, context.currentTime + 0.01);
  if (hasNote) sing(context, "attention", after + 0.12);
}

/**
 * @param {AudioContext} audio
 * @param {Tone} tone
 * @param {number} start  in seconds of the context
 * @returns {number} when it ends
 */
function sing(audio, tone, start) {
  const { wave, notes } = MELODIES[tone];
  let at = start;
  for (const [frequency, seconds] of notes) {
    if (frequency > 0) note(audio, { wave, frequency, at, seconds });
    at += seconds;
  }
  return at;
}

/**
 * @param {AudioContext} audio
 * @param {{wave: OscillatorType, frequency: number, at: number, seconds: number}} about
 */
function note(audio, { wave, frequency, at, seconds }) {
  const oscillator = new OscillatorNode(audio, { type: wave, frequency });
  const loudness = wave === "square" ? 0.25 : 0.6;
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loudness, at + 0.01);
  gain.gain.setValueAtTime(loudness, at + seconds - 0.02);
  gain.gain.linearRampToValueAtTime(0, at + seconds);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + seconds);
}
