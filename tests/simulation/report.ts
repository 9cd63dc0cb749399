// What is said of a run that broke a promise: how to see it again, which promise, and what happened last.

import type { Outcome } from './simulation.js';

/** The first line reproduces it; none when every promise held. */
export function failureLines({ seed, broken }: Outcome): string[] {
  if (broken === null) return [];
  return [
    `FAILED npm run simulate -- --seeds ${seed}..${seed}`,
    `  promise ${broken.promise}: ${broken.message}`,
    ...broken.lastEvents.map((line) => `  ${line}`),
  ];
}
