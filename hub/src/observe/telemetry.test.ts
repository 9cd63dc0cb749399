import { TELEMETRY_EVENTS, type TelemetryEvent, type TelemetryRecord } from '@agentcom/schemas';
import { recordedLog } from '@agentcom/schemas/log-testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../core/change.js';
import type { Command } from '../core/commands.js';
import { Bench, MINUTE, ORG, SECOND } from '../core/fixture.js';
import { Refusal } from '../core/refusal.js';
import { Telemetry } from './telemetry.js';
import { TelemetryLog } from './telemetry-log.js';

const NOW = Date.UTC(2026, 10, 30, 3, 0, 0);

/** A bench whose changes are told as they are decided. */
class ToldBench extends Bench {
  readonly told: { readonly record: TelemetryRecord; readonly isOwn: boolean }[] = [];
  readonly #written: string[] = [];
  /** Of each write, whether it was said to be plain. */
  readonly plain: boolean[] = [];
  readonly logs = recordedLog();
  commitMs = 1;
  readonly #telemetry = new Telemetry({
    log: new TelemetryLog({ log: this.logs.log, write: (...written) => this.#write(...written) }, 'hub-1'),
    meter: { batch: () => undefined, record: (record, isOwn) => void this.told.push({ record, isOwn }) },
    now: () => NOW + this.now - 1_700_000_000_000,
    state: () => this.state,
  });

  override decide<C extends Command>(command: C) {
    const outcome = super.decide(command);
    if (!(outcome instanceof Refusal)) this.tell(outcome.changes);
    return outcome;
  }

  #write(lines: string, arePlain: boolean): void {
    this.#written.push(lines);
    this.plain.push(arePlain);
  }

  tell(changes: readonly Change[]): void {
    this.#telemetry.changes({ changes, commitMs: this.commitMs });
  }

  get lines(): Record<string, unknown>[] {
    const texts = this.#written.join('').split('\n').slice(0, -1);
    return texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  /** Lines about tasks and agents, without what all have. */
  said(): [unknown, object][] {
    return this.lines.map(({ level, time: _time, component: _component, hub: _hub, msg: _msg, ...line }) => [
      level,
      line,
    ]);
  }
}

let bench: ToldBench;
beforeEach(() => {
  bench = new ToldBench();
});

describe('a line of the log', () => {
  test('of a task has the fields of every line, and what was true when it was decided', () => {
    const task = bench.submit();
    bench.wait(2 * SECOND);
    bench.join('tern');
    bench.wait(SECOND);
    bench.accept(task);
    bench.wait(MINUTE);
    bench.complete(task);
    const common = { org: ORG, taskId: task, agentId: 'tern', generation: 1 };
    const lines = bench.lines.filter(({ event }) => String(event).startsWith('task.'));
    expect(lines[0]).toEqual({
      level: 'info',
      time: '2026-11-30T03:00:00.000Z',
      component: 'tasks',
      hub: 'hub-1',
      event: 'task.submitted',
      msg: 'task submitted',
      org: ORG,
      taskId: task,
      lane: 'normal',
      state: 'queued',
    });
    expect(lines.slice(1)).toMatchObject([
      { event: 'task.assigned', ...common, waitedMs: 2_000, time: '2026-11-30T03:00:02.000Z' },
      { event: 'task.accepted', ...common, waitedMs: 1_000 },
      { event: 'task.completed', ...common, ranMs: 60_000, totalMs: 63_000, failedAttempts: 0 },
    ]);
  });

  test('of a failed attempt and of its task that is dead says why', () => {
    bench.join('tern');
    const task = bench.submit({ maxAttempts: 1 });
    bench.accept(task);
    bench.fail(task);
    expect(bench.said().slice(-2)).toEqual([
      [
        'warn',
        {
          ...{ event: 'task.attempt_failed', org: ORG, taskId: task, agentId: 'tern', generation: 1, ranMs: 0 },
          ...{ class: 'transient', code: 'it.transient', counted: true, next: 'dead' },
        },
      ],
      [
        'warn',
        {
          event: 'task.dead',
          org: ORG,
          taskId: task,
          generation: 1,
          lane: 'normal',
          cause: 'attempts_used',
          failedAttempts: 1,
        },
      ],
    ]);
  });

  test('of a second sidecar with the key of an agent says who both are', () => {
    bench.join('a');
    bench.hello('a', undefined, { host: 'two', instance: 'second' });
    bench.take({ type: 'agent.conflict', org: ORG, agent: 'a', host: 'three', instance: 'third' });
    const about = { org: ORG, agentId: 'a' };
    const second = { host: 'two', instance: 'second' };
    expect(bench.said().filter(([level]) => level === 'warn')).toEqual([
      ['warn', { event: 'agent.taken_over', ...about, ...second, firstHost: 'host', firstInstance: 'instance' }],
      [
        'warn',
        {
          event: 'agent.conflicted',
          ...about,
          host: 'three',
          instance: 'third',
          firstHost: 'two',
          firstInstance: 'second',
        },
      ],
    ]);
  });

  test('is written by the hub alone that appended the batch, which all hubs count', () => {
    bench.commitMs = 0;
    bench.submit();
    expect(bench.lines).toEqual([]);
    expect(bench.told).toMatchObject([{ record: { event: 'task.submitted' }, isOwn: false }]);
  });

  test('is not written below the level of its component', () => {
    bench.logs.thresholds.set('info', { tasks: 'error' });
    bench.submit();
    bench.join('tern');
    expect(bench.lines.map(({ event }) => event)).toEqual(['agent.connected']);
  });

  test('of progress is one a minute, and says how many were left out', () => {
    bench.logs.thresholds.set('debug', {});
    bench.join('tern');
    const task = bench.submit();
    bench.accept(task);
    for (const waitMs of [0, SECOND, SECOND, MINUTE]) {
      bench.wait(waitMs);
      bench.take({ type: 'task.progress', ...bench.by(task), report: bench.mark(), fraction: 0.5 });
    }
    const progress = bench.lines.filter(({ event }) => event === 'task.progressed');
    expect(progress.map(({ omitted }) => omitted)).toEqual([undefined, 2]);
  });

  test('escapes what needs it, and has nothing of the text of a task', () => {
    bench.join('tern');
    const task = bench.submit({ title: 'secret title', prompt: 'secret prompt' });
    bench.take({ type: 'task.cancel', org: ORG, task, reason: 'secret reason', by: 'a "quoted"\nname' });
    expect(bench.lines.at(-1)).toMatchObject({ event: 'task.cancelled', by: 'a "quoted"\nname' });
    expect(JSON.stringify(bench.lines)).not.toContain('secret');
    bench.join('swift');
    expect(bench.plain.slice(-2)).toEqual([false, true]);
  });
});

test('an agent that reconnects again and again is told of, once', () => {
  bench.enrol('tern');
  for (let i = 0; i < 7; i++) {
    bench.hello('tern');
    bench.gone('tern');
    bench.wait(SECOND);
  }
  expect(bench.lines.filter(({ event }) => event === 'agent.flapped')).toMatchObject([
    { level: 'warn', org: ORG, agentId: 'tern', connects: 5 },
  ]);
});

test('every event has the fields of the catalogue and no other, of their types', () => {
  bench.join('tern');
  const task = bench.submit({ maxAttempts: 1 });
  bench.accept(task);
  bench.block(task);
  bench.take({ type: 'task.answer', ...bench.operator(task), questionId: 'q1', answer: 'this one' });
  bench.fail(task);
  bench.take({ type: 'dead.requeue', ...bench.operator(task) });
  bench.take({ type: 'task.move', ...bench.operator(task), to: 'high' });
  const halt = { org: ORG, ofHub: true, by: 'operator', strength: 'running', reason: 'fire' } as const;
  bench.take({ type: 'halt.create', ...halt, scope: { kind: 'fleet' } });
  for (const draining of [true, false]) {
    bench.take({ type: 'agent.drain', org: ORG, agent: 'tern', draining, reason: 'upgrade' });
  }
  const events = new Set<string>(bench.told.map(({ record }) => record.event));
  expect([...events].sort()).toEqual(
    expect.arrayContaining([
      'agent.drained',
      'agent.resumed',
      'task.answered',
      'task.blocked',
      'task.dead',
      'task.halted',
      'task.moved',
      'task.requeued',
    ]),
  );
  for (const { record } of bench.told) {
    const { fields }: TelemetryEvent = TELEMETRY_EVENTS[record.event];
    for (const [name, value] of Object.entries(record.fields)) {
      if (value !== undefined)
        expect(`${record.event} ${name} ${typeof value}`).toBe(`${record.event} ${name} ${fields[name]?.type}`);
    }
  }
});
