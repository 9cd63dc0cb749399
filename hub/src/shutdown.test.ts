import { describe, expect, it } from 'vitest';
import { Shutdown } from './shutdown.js';

describe('the end of a program', () => {
  it('stops what was started last first, once, whoever asks', async () => {
    const shutdown = new Shutdown();
    const done: string[] = [];
    shutdown.add(() => void done.push('store'));
    shutdown.add(async () => void done.push('http'));
    await Promise.all([shutdown.end(null), shutdown.end(new Error('later'))]);
    expect(done).toEqual(['http', 'store']);
    expect(await shutdown.ended).toBeNull();
  });

  it('does the other steps although one fails, and tells of the first cause', async () => {
    const shutdown = new Shutdown();
    const done: string[] = [];
    shutdown.add(() => void done.push('store'));
    shutdown.add(() => {
      throw new Error('http did not stop');
    });
    await shutdown.end(null);
    expect(done).toEqual(['store']);
    expect((await shutdown.ended)?.message).toBe('http did not stop');
  });
});
