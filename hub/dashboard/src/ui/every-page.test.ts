import { expect, test } from 'vitest';
import { everyPage } from './every-page.js';

function pages(count: number, size: number) {
  const all = Array.from({ length: count }, (_, i) => i);
  const asked: (string | undefined)[] = [];
  const load = async ({ cursor }: { readonly cursor?: string }) => {
    asked.push(cursor);
    const start = cursor === undefined ? 0 : Number(cursor);
    const end = start + size;
    return { items: all.slice(start, end), nextCursor: end < count ? String(end) : null };
  };
  return { all, asked, load };
}

test('has all of a list of several pages', async () => {
  const { all, asked, load } = pages(450, 200);
  expect(await everyPage(load)).toEqual(all);
  expect(asked).toEqual([undefined, '200', '400']);
});

test('stops at its bound, however long the list is', async () => {
  const { load, asked } = pages(1_000, 10);
  expect(await everyPage(load, 3)).toHaveLength(30);
  expect(asked).toHaveLength(3);
});
