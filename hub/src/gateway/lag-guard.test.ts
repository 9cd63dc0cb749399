import { describe, expect, test } from 'vitest';
import { greediest, LagGuard } from './lag-guard.js';
import { SocketHolds } from './socket-holds.js';

const KIB = 1024;

describe('the greediest', () => {
  const use = (socket: string, owner: string, kib: number) => ({ socket, owner, bytes: kib * KIB });

  test('are those that send more than a quarter of everything', () => {
    const uses = [use('a', 'x', 400), use('b', 'y', 100), use('c', 'z', 100)];
    expect(greediest(uses)).toEqual(['a']);
  });

  test('are found by their owner, however many sockets they spread it over', () => {
    const spread = Array.from({ length: 100 }, (_, i) => use(`s${i}`, 'x', 10));
    expect(greediest([...spread, use('idle', 'x', 0), use('b', 'y', 50)])).toEqual(spread.map(({ socket }) => socket));
  });

  test('are none where all send alike, or hardly anything', () => {
    expect(greediest(Array.from({ length: 8 }, (_, i) => use(`s${i}`, `o${i}`, 900)))).toEqual([]);
    expect(greediest([use('a', 'x', 60), use('b', 'y', 1)])).toEqual([]);
    expect(greediest([])).toEqual([]);
  });
});

function guarded() {
  let now = 0;
  let due: (() => void) | undefined;
  const socket = (said: string[]) => ({
    bytesRead: 0,
    bytesWritten: 0,
    pause: () => said.push('pause'),
    resume: () => said.push('resume'),
  });
  const [said, others] = [[] as string[], [] as string[]];
  const [flooder, good] = [socket(said), socket(others)];
  const guard = new LagGuard({
    holds: new SocketHolds(),
    connections: () => [
      [flooder as never, 'flooder'],
      [good as never, 'good'],
    ],
    scheduler: {
      now: () => now,
      random: () => 0,
      after: (_ms, run) => {
        due = run;
        return () => {
          due = undefined;
        };
      },
    },
  });
  guard.start();
  return {
    guard,
    said,
    others,
    isWaiting: () => due !== undefined,
    /** The next look, so much later than it should be, after so many bytes of the flooder. */
    look: (lateMs: number, bytes = 0) => {
      now += 50 + lateMs;
      flooder.bytesRead += bytes;
      good.bytesRead += 100;
      due?.();
    },
  };
}

describe('a loop that is behind', () => {
  test('stops reading who sends the most, and reads it again once it has caught up', () => {
    const { look, others, said } = guarded();
    look(0, 10_000_000);
    look(60, 1_000_000);
    expect(said).toEqual([]);
    look(60, 1_000_000);
    expect(said).toEqual(['pause']);
    look(30);
    expect(said).toEqual(['pause']);
    look(5);
    expect([said, others]).toEqual([['pause', 'resume'], []]);
  });

  test('does not hold it against anybody what was sent before', () => {
    const { look, said } = guarded();
    look(0, 10_000_000);
    look(60, 10_000_000);
    look(60);
    expect(said).toEqual([]);
  });

  test('holds nobody for ever, and nobody once it has stopped', () => {
    const { guard, isWaiting, look, said } = guarded();
    for (let i = 0; i < 25; i++) look(60, 1_000_000);
    expect(said).toContain('resume');
    for (let i = 0; i < 5; i++) look(60, 1_000_000);
    guard.stop();
    expect([said.at(-1), isWaiting()]).toEqual(['resume', false]);
  });
});
