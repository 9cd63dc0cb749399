import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { ManualTime } from '../audit/testing.js';
import { MemoryJournal } from '../journal/log/memory-journal.js';
import { Clock } from './clock.js';
import type { AppendOutcome, Batch, JournalHead, LeadershipPhase } from './ports.js';
import { CoordinatorRunner } from './runner.js';

/** Keeps appends waiting while it is held. */
class HeldJournal extends MemoryJournal {
  isHeld = false;
  readonly #waiting: (() => void)[] = [];

  override async append(batch: Batch, after: JournalHead): Promise<AppendOutcome> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return super.append(batch, after);
  }

  release(): void {
    this.isHeld = false;
    for (const go of this.#waiting.splice(0)) go();
  }
}

it('says since when something waits to be made durable', async () => {
  const time = new ManualTime();
  const journal = new HeldJournal([], uuidv7);
  const phases: LeadershipPhase[] = [];
  const nothing = (): void => undefined;
  const runner = new CoordinatorRunner({
    journal,
    clock: new Clock({ wall: () => time.now(), elapsed: () => time.now() }),
    scheduler: time,
    hub: 'test',
    exclusive: true,
    self: () => ({ url: 'http://test', version: '1.0.0' }),
    inputs: { newId: uuidv7, random: () => 0.5 },
    log: { info: nothing, warn: nothing, error: nothing },
    facts: { version: '0.0.0', heartbeatSeconds: 15 },
    onOutputs: nothing,
    onReset: nothing,
    onPhase: (phase) => phases.push(phase),
    onCommitted: nothing,
    onStuck: nothing,
    onUntrusted: (error) => {
      throw error;
    },
  });
  runner.start();
  await time.pass(1_000);
  expect(phases.at(-1)).toBe('leading');
  expect(runner.appends.unacknowledgedSince).toBeUndefined();

  journal.isHeld = true;
  const made = runner.execute({ type: 'org.ensure', org: 'acme' }, 'test');
  await time.pass(1);
  const since = runner.appends.unacknowledgedSince;
  expect(since).toBeGreaterThanOrEqual(runner.now() - 1);
  await time.pass(9_000);
  expect(runner.appends.unacknowledgedSince).toBe(since);

  journal.release();
  await made;
  expect(runner.appends.unacknowledgedSince).toBeUndefined();
  const left = runner.stop();
  await time.pass(1_000);
  await left;
});
