import { AssignedTask, compile, compileFrames, hubFrames, LIMITS, type Result } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { Bench, HOUR, ORG, REPO, workOf } from '../core/fixture.js';
import { assign, type Output } from '../core/outputs.js';
import type { StoredResult } from '../core/task/events.js';
import { taskView } from '../core/task/view.js';
import { submitCommand } from '../gateway/agent/commands.js';
import { filledFrame } from './assignment.js';
import { BodyLost } from './bodies.js';
import { type Bodies, BodyWriter, filledTask } from './body-writer.js';

/** Keeps bodies in memory. */
function memory(): Bodies & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    put: async (text) => {
      const ref = `1.body-${kept.size}`;
      kept.set(ref, text);
      return { ref, release: () => undefined };
    },
    get: async (ref) => kept.get(ref) ?? Promise.reject(new Error(`there is no body ${ref}`)),
  };
}

/** Of the first task of a bench with one agent. */
const BRANCH = workOf({ agent: 'a', task: 'id-0003', generation: 1 }).branch;

async function shown(bodies: Bodies, result: StoredResult): Promise<Result | undefined> {
  const bench = new Bench();
  bench.join('a');
  const task = bench.submit({ repo: REPO });
  bench.accept(task);
  bench.take({ type: 'task.complete', ...bench.by(task), report: bench.mark(), result });
  return (await filledTask(bodies, taskView(bench.task(task)))).result;
}

const run = { command: 'npm test', exitCode: 0, seconds: 1.5, output: 'ok\n' };

test('a small result is stored at once, and shown as it was', async () => {
  const bodies = memory();
  const result: Result = { summary: 'done', branch: BRANCH, data: { n: 1 }, verification: [run], notes: ['behind'] };
  const stored = new BodyWriter(bodies).storeResult(result);
  expect(stored).not.toBeInstanceOf(Promise);
  expect(bodies.kept.size).toBe(0);
  expect(await shown(bodies, await stored)).toEqual(result);
});

test('the large parts of a result are stored apart, and shown as they were', async () => {
  const bodies = memory();
  const long = 'x'.repeat(LIMITS.verificationOutputBytes);
  const result: Result = {
    summary: 's'.repeat(LIMITS.summaryBytes),
    data: { text: long.repeat(2) },
    verification: Array.from({ length: LIMITS.verify }, () => ({ ...run, output: long })),
    notes: Array.from({ length: LIMITS.notes }, () => 'n'.repeat(LIMITS.noteBytes)),
  };
  const stored = await new BodyWriter(bodies).storeResult(result);
  expect(bodies.kept.size).toBe(4);
  expect(JSON.stringify(stored).length).toBeLessThan(400);
  expect(await shown(bodies, stored)).toEqual(result);
});

test('a text that is lost is named in its place, and everything else is shown', async () => {
  const bodies = memory();
  const large = 'x'.repeat(10_000);
  const notes = [large];
  const stored = await new BodyWriter(bodies).storeResult({ summary: large, branch: BRANCH, data: { large }, notes });
  const lost = { ...bodies, get: (ref: string) => Promise.reject(new BodyLost(ref)) };
  const named = expect.stringMatching(/^\[lost: the stored body .* is missing or damaged\]$/);
  expect(await shown(lost, stored)).toEqual({ summary: named, branch: BRANCH, data: named, notes: [named] });
});

test('the largest task with the longest past still fits in the frame that assigns it', async () => {
  const bodies = memory();
  const bare = { title: 't', verify: Array.from({ length: LIMITS.verify }, () => 'v'.repeat(LIMITS.verifyChars)) };
  const room = LIMITS.frameBytes - LIMITS.assignmentBytes - JSON.stringify({ ...bare, prompt: '' }).length;
  const spec = { ...bare, prompt: '\u0001'.repeat(Math.floor(room / 6)) };
  const command = await submitCommand(spec, ORG, 'owner', undefined, new BodyWriter(bodies));
  if (!('spec' in command)) throw new Error('the largest task was refused');

  const bench = new Bench();
  bench.join('a');
  const id = '01890000-0000-7000-8000-000000000000';
  const task = bench.submit({ ...command.spec, maxAttempts: 100 });
  for (let attempt = 0; attempt < 6; attempt++) {
    bench.accept(task);
    const question = { questionId: `q${attempt}`, question: '\n'.repeat(4_096), context: '"'.repeat(16_384) };
    bench.take({ type: 'task.block', ...bench.by(task), report: bench.mark(), question });
    bench.take({ type: 'task.answer', ...bench.operator(task), answer: '\u0001'.repeat(LIMITS.answerBytes) });
    bench.take({
      type: 'task.fail',
      ...bench.by(task),
      report: bench.mark(),
      error: { class: 'transient', code: 'it.failed', message: '\u0001'.repeat(LIMITS.errorMessageBytes) },
      usage: { inputTokens: LIMITS.amount, outputTokens: LIMITS.amount, costMicros: LIMITS.amount, currency: 'EUR' },
    });
    bench.pass(HOUR);
  }
  const outputs: Output[] = [];
  assign(outputs, bench.state, task, bench.now);
  const [output] = outputs;
  if (output?.kind !== 'frame') throw new Error('the task was not assigned');
  const filled = await filledFrame(bodies, output.frame);
  if (filled.type !== 'task.assign') throw new Error('it is another frame');
  const assigned = { ...filled.task, id };
  const frame = { ...filled, task: assigned, generation: LIMITS.sequence, acceptWithinMs: 3_600_000 };

  expect(assigned.pastAttempts?.length).toBeGreaterThan(0);
  expect(assigned.answers?.length).toBeGreaterThan(0);
  expect(compile(AssignedTask)(assigned)).toMatchObject({ ok: true });
  expect(compileFrames(hubFrames, 'answer')(frame)).toMatchObject({ ok: true });
  expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(LIMITS.frameBytes);
});
