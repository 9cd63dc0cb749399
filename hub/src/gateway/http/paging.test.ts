import { describe, expect, it } from 'vitest';
import { pageOf } from './paging.js';

const letters = ['f', 'e', 'd', 'c', 'b', 'a'];
const same = (letter: string): string => letter;

describe('pages of a list', () => {
  it('lead from the first item to the last without gap or repetition', () => {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = pageOf(letters, { limit: 4, ...(typeof cursor === 'string' && { cursor }) }, same, same);
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(letters);
  });

  it('go on in the right place when the item of the cursor is gone, in either order', () => {
    const without = letters.filter((letter) => letter !== 'd');
    expect(pageOf(without, { limit: 2, cursor: 'd' }, same, same).items).toEqual(['c', 'b']);
    expect(pageOf([...without].reverse(), { limit: 2, cursor: 'd' }, same, same).items).toEqual(['e', 'f']);
  });

  it('end with no cursor, also when the last page is full', () => {
    expect(pageOf(letters, { limit: 6 }, same, same).nextCursor).toBeNull();
    expect(pageOf([], {}, same, same)).toEqual({ items: [], nextCursor: null });
    expect(pageOf(letters, { cursor: 'a' }, same, same).items).toEqual([]);
  });
});
