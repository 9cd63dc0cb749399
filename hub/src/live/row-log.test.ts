import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RowLog } from './row-log.js';

type Rows = readonly (readonly [string, string])[];

const anyRows = fc
  .uniqueArray(fc.nat(9), { maxLength: 8 })
  .chain((ids) =>
    fc
      .array(fc.nat(2), { minLength: ids.length, maxLength: ids.length })
      .map((values): Rows => ids.map((id, i) => [String(id), JSON.stringify({ id: String(id), value: values[i] })])),
  );

interface Row {
  readonly id: string;
}

/** As a page applies what it is told. */
class Page {
  rows = new Map<string, Row>();
  version = -1;

  hear(log: RowLog): void {
    const delta = this.version < 0 ? undefined : log.since(this.version);
    this.version = log.version;
    if (delta === undefined) {
      this.rows = new Map((JSON.parse(log.snapshot()) as Row[]).map((row) => [row.id, row]));
      return;
    }
    for (const id of JSON.parse(delta.gone) as string[]) this.rows.delete(id);
    for (const row of JSON.parse(delta.put) as Row[]) this.rows.set(row.id, row);
  }
}

it('gives every page the newest rows, whichever versions it missed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyRows, fc.boolean(), fc.boolean()), { maxLength: 20 }), (steps) => {
      const log = new RowLog();
      const pages = [new Page(), new Page()];
      for (const [rows, ...hears] of steps) {
        log.replace(rows, rows.length);
        for (const [i, page] of pages.entries()) if (hears[i]) page.hear(log);
      }
      for (const page of pages) page.hear(log);
      const expected = new Map((steps.at(-1)?.[0] ?? []).map(([id, text]) => [id, JSON.parse(text) as Row]));
      for (const page of pages) {
        expect([...page.rows.keys()].sort()).toEqual([...expected.keys()].sort());
        for (const [id, row] of page.rows) expect(row).toEqual(expected.get(id));
      }
    }),
    { numRuns: 500 },
  );
});

it('has no new version where nothing is different', () => {
  const log = new RowLog();
  log.replace([['a', '1']], 1);
  const { version } = log;
  log.replace([['a', '1']], 1);
  expect(log.version).toBe(version);
  log.replace([['a', '1']], 2);
  expect(log.version).toBe(version + 1);
  expect(log.since(version)).toEqual({ put: '[]', gone: '[]' });
});

it('forgets what went away long ago, and answers with a snapshot then', () => {
  const log = new RowLog();
  for (let n = 0; n < 5_000; n++) log.replace([[String(n), String(n)]], 1);
  expect(log.since(1)).toBeUndefined();
  expect(log.since(log.version - 1)).toEqual({ put: '[4999]', gone: '["4998"]' });
});
