import { describe, expect, it } from 'vitest';
import { Ending } from './ending.js';

describe('the end of a program', () => {
  it('stops what was started last first, once, whoever asks', async () => {
    const ending = new Ending();
    const done: string[] = [];
    ending.add(() => void done.push('store'));
    ending.add(async () => void done.push('http'));
    await Promise.all([ending.end(null), ending.end(new Error('later'))]);
    expect(done).toEqual(['http', 'store']);
    expect(await ending.ended).toBeNull();
  });

  it('does the other steps although one fails, and tells of the first cause', async () => {
    const ending = new Ending();
    const done: string[] = [];
    ending.add(() => void done.push('store'));
    ending.add(() => {
      throw new Error('http did not stop');
    });
    await ending.end(null);
    expect(done).toEqual(['store']);
    expect((await ending.ended)?.message).toBe('http did not stop');
  });
});
