import { describe, expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.js';
import { Shutdown } from './shutdown.js';

describe('the end of a program', () => {
  const late: string[] = [];
  const begin = () => new Shutdown((what) => late.push(what));

  it('stops what was started last first, once, whoever asks', async () => {
    const shutdown = begin();
    const done: string[] = [];
    shutdown.add('store', () => void done.push('store'));
    shutdown.add('http', async () => void done.push('http'));
    await Promise.all([shutdown.end(), shutdown.end(new Error('later'))]);
    expect(done).toEqual(['http', 'store']);
    expect(await shutdown.ended).toBeUndefined();
  });

  it('does the other steps although one fails, and tells of the first cause', async () => {
    const shutdown = begin();
    const done: string[] = [];
    shutdown.add('store', () => void done.push('store'));
    shutdown.add('http', () => {
      throw new Error('http did not stop');
    });
    await shutdown.end();
    expect(done).toEqual(['store']);
    expect((await shutdown.ended)?.message).toBe('http did not stop');
  });

  it('goes on without a step that never ends, and names it', async () => {
    const shutdown = begin();
    const done: string[] = [];
    shutdown.add('store', () => void done.push('store'));
    shutdown.add('coordinator', () => new Promise(() => undefined), 1);
    await shutdown.end();
    expect(done).toEqual(['store']);
    expect(late).toEqual(['coordinator']);
  });

  it('ends when a part that it owns cannot go on', async () => {
    const stopped: string[] = [];
    class Part extends Lifecycle {
      break(): void {
        this.fail(new Error('the journal was refused'));
      }

      protected override end(): void {
        stopped.push('part');
      }
    }
    const shutdown = begin();
    const part = new Part();
    shutdown.own('part', part);
    part.break();
    expect((await shutdown.ended)?.message).toBe('the journal was refused');
    expect(stopped).toEqual(['part']);
  });
});
