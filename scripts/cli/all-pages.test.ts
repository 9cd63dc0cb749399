import { expect, it } from 'vitest';
import { allPages, fullPage } from './all-pages.js';

it('gives up on a list that does not go on', async () => {
  const same = async () => ({ items: [] as string[], nextCursor: 'c' });
  await expect(allPages(same)).rejects.toMatchObject({ code: 'hub.not_a_hub' });
  await expect(fullPage({ limit: 1 }, same)).rejects.toMatchObject({ code: 'hub.not_a_hub' });
});
