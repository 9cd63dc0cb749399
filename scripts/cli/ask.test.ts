import { expect, it } from 'vitest';
import { answerOf } from './ask.js';
import { testWorld } from './testing.js';

/** A prompt that is open until it is cancelled. */
function scene() {
  let send: (signal: NodeJS.Signals) => void = () => undefined;
  let cancel: (how: symbol) => void = () => undefined;
  let listeners = 0;
  const world = {
    ...testWorld(),
    onStopSignal: (handler: (signal: NodeJS.Signals) => void) => {
      listeners++;
      send = handler;
      return () => void listeners--;
    },
    cancelPrompt: () => cancel(Symbol('cancelled')),
  };
  const open = () =>
    new Promise<string | symbol>((resolve) => {
      cancel = resolve;
    });
  return { world, open, send: (signal: NodeJS.Signals) => send(signal), listeners: () => listeners };
}

it.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('ends at %s with %i, and listens no more', async (signal, exit) => {
  const { world, open, send, listeners } = scene();
  const asked = answerOf(world, open);
  send(signal);
  await expect(asked).rejects.toMatchObject({ exit, code: 'cancelled' });
  expect(listeners()).toBe(0);
});

it('gives the answer, or nothing when the person cancels', async () => {
  const { world, listeners } = scene();
  expect(await answerOf(world, async () => 'yes')).toBe('yes');
  expect(await answerOf(world, async () => Symbol('cancelled'))).toBeUndefined();
  expect(listeners()).toBe(0);
});
