// Short sounds, made by oscillators, and the vibration that goes with them on phones.

import { getPreference } from "./preferences.js";

// Hertz of the notes that follow each other; milliseconds of vibration, pause, vibration …
const SOUNDS = {
  invite: { notes: [660, 880], vibration: [120, 80, 120] },
  match: { notes: [523, 659, 784], vibration: [200, 80, 200] },
  count: { notes: [440], vibration: [40] },
  start: { notes: [880], vibration: [200] },
  tick: { notes: [330], vibration: [] },
};
const NOTE_SECONDS = 0.14;
const VOLUME = 0.12;

let context; // until the first gesture browsers let no page make a sound

export function play(name) {
  if (!getPreference("sound")) return;
  const { notes, vibration } = SOUNDS[name];
  if (vibration.length && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(vibration);
  if (context?.state !== "running") return;
  notes.forEach((hertz, index) => playNote(hertz, context.currentTime + index * NOTE_SECONDS));
}

function playNote(hertz, at) {
  const [oscillator, volume] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = hertz;
  // A note that begins or ends at once clicks.
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(VOLUME, at + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.001, at + NOTE_SECONDS);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + NOTE_SECONDS);
}

function unlock() {
  if (!getPreference("sound")) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

for (const gesture of ["click", "keydown"]) addEventListener(gesture, unlock);
