import { expect, test, vi } from 'vitest';
import { destinationOf, type PushMessage, readMessage, shownAs } from './message.js';

const MESSAGE: PushMessage = {
  title: 'Question: Mend the roof',
  body: 'Agent ann waits for an answer.',
  tag: 'abc',
  state: 'open',
  severity: 'page',
  since: 1_700_000_000_000,
  url: 'https://hub.example/tasks/1',
};

test('what is open is told aloud, and stays where it pages somebody', () => {
  expect(shownAs(MESSAGE)).toMatchObject({
    title: MESSAGE.title,
    options: { tag: 'abc', silent: false, renotify: true, requireInteraction: true, data: { url: MESSAGE.url } },
  });
  expect(shownAs({ ...MESSAGE, severity: 'warn' }).options.requireInteraction).toBe(false);
});

test('what is over takes its place without a sound', () => {
  const { options } = shownAs({ ...MESSAGE, state: 'closed' });
  expect(options).toMatchObject({ tag: 'abc', silent: true, renotify: false, requireInteraction: false });
});

test('what cannot be read is shown as something', () => {
  vi.useFakeTimers({ now: 7 });
  try {
    for (const text of [undefined, '{', '7', '{"title":"x"}']) {
      expect(shownAs(readMessage(text))).toMatchObject({
        title: 'AgentCom',
        options: { timestamp: 7, data: { url: '/' } },
      });
    }
  } finally {
    vi.useRealTimers();
  }
  expect(readMessage(JSON.stringify(MESSAGE))).toEqual(MESSAGE);
});

test.each([
  ['https://hub.example/tasks/1?tab=log', 'https://hub.example/tasks/1?tab=log'],
  ['https://elsewhere.example/alerts', 'https://hub.example/alerts'],
  ['//evil.example/x', 'https://hub.example/x'],
  ['javascript:alert(1)', 'https://hub.example/'],
  [undefined, 'https://hub.example/'],
])('a click on %s leads to %s', (url, to) => {
  expect(destinationOf(url, 'https://hub.example')).toBe(to);
});
