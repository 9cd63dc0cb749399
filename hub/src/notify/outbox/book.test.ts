import { expect, it } from 'vitest';
import { delivery, NOON } from '../testing.js';
import { DeliveryBook } from './book.js';
import { type DeliveryRecord, dead, finished, newRecord } from './records.js';

let order = 0;

function waiting(org: string, severity: 'page' | 'warn' = 'warn', text = ''): DeliveryRecord {
  order += 1;
  return newRecord(delivery({ org, severity, text, group: `g${order}` }), order, NOON);
}

const LONG = 'x'.repeat(5_000);
const sent = (org: string) => finished(waiting(org), 'sent', NOON);

function filled(book: DeliveryBook, ...records: readonly DeliveryRecord[]): readonly DeliveryRecord[] {
  for (const record of records) book.set(record);
  return records;
}

it('remembers of each organisation how so many went, and what waits is none of them', () => {
  const book = new DeliveryBook({ historyMax: 2, bytesMax: 1_000_000 });
  const [oldest] = filled(book, sent('acme'), waiting('acme'), waiting('acme'), sent('acme'), sent('other'));
  expect(book.excess()).toBeUndefined();
  filled(book, sent('acme'));
  expect(book.excess()).toBe(oldest);
  book.delete(oldest?.id ?? '');
  expect(book.excess()).toBeUndefined();
  expect([...book.of('acme')]).toHaveLength(4);
});

it('has the organisation give way that holds most: what is over, then what waits, pages last', () => {
  const book = new DeliveryBook({ historyMax: 100, bytesMax: 0 });
  const theirs = filled(book, waiting('small'), sent('small'));
  const own = filled(book, waiting('acme', 'page', LONG), waiting('acme', 'warn', LONG), waiting('acme', 'warn', LONG));
  const failed = dead(waiting('acme', 'warn', LONG), NOON, 'refused');
  book.set(failed);
  const gave: DeliveryRecord[] = [];
  for (let one = book.excess(); one !== undefined; one = book.excess()) {
    gave.push(one);
    book.delete(one.id);
  }
  expect(gave).toEqual([failed, own[1], own[2], own[0], theirs[1], theirs[0]]);
});

it('knows the newest of each delivery, and counts it once', () => {
  const book = new DeliveryBook({ historyMax: 1, bytesMax: 1_000_000 });
  const given = waiting('acme');
  filled(book, given, finished(given, 'sent', NOON), finished(given, 'skipped', NOON));
  expect([...book.of('acme')]).toMatchObject([{ id: given.id, state: 'skipped' }]);
  expect(book.excess()).toBeUndefined();
});
