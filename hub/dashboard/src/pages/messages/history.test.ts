import type { Message } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { placeText, withNewest, withOlder } from './history.js';

const message = (messageId: string): Message => ({
  messageId,
  from: 'key:ada',
  to: 'channel:builds',
  body: messageId,
  sentAt: '',
});
const ids = ({ items }: { readonly items: readonly Message[] }) => items.map(({ messageId }) => messageId).join('');
const page = (letters: string, nextCursor: string | null) => ({ items: [...letters].map(message), nextCursor });

test('what is new comes before what was there, and older pages stay', () => {
  const first = withNewest(undefined, page('dc', 'c'));
  expect([ids(first), first.next]).toEqual(['dc', 'c']);
  const more = withOlder(first, page('ba', null));
  expect([ids(more), more.next]).toEqual(['dcba', null]);
  const later = withNewest(more, page('ed', 'd'));
  expect([ids(later), later.next]).toEqual(['edcba', null]);
});

test('where so much is new that some may be missing, what was there gives way', () => {
  const later = withNewest(withNewest(undefined, page('ba', null)), page('zy', 'y'));
  expect([ids(later), later.next]).toEqual(['zy', 'y']);
});

test('the same page again changes nothing', () => {
  const first = withNewest(undefined, page('dc', 'c'));
  expect(withNewest(first, page('dc', 'c'))).toEqual(first);
});

test.each([
  ['agent:tern', 'tern'],
  ['channel:builds', '#builds'],
  ['key:ada: laptop', 'ada: laptop'],
  ['somebody', 'somebody'],
])('%s reads %s', (name, text) => {
  expect(placeText(name)).toBe(text);
});
