import { expect, it } from 'vitest';
import { assignedTask } from './examples/tasks.js';
import { hubFrames, sidecarFrames } from './frames.js';
import { LIMITS } from './limits.js';
import { AssignedTask, TaskSpec } from './task.js';
import { compile, compileFrames } from './validate.js';

const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

it('lets output of any characters fit in a frame', () => {
  const data = '\u0001'.repeat(LIMITS.outputBytes);
  const frame = {
    type: 'task.output',
    task: assignedTask.valid[0]?.id,
    generation: 1,
    outputSeq: 1,
    stream: 'stdout',
    data,
  };
  expect(compileFrames(sidecarFrames)(frame).ok).toBe(true);
  expect(bytes(frame)).toBeLessThan(LIMITS.frameBytes);
});

it('lets a question with everything that belongs to it fit in a frame', () => {
  const choices = Array.from({ length: LIMITS.choices }, () => 'x'.repeat(LIMITS.choiceChars));
  const question = '"'.repeat(LIMITS.questionBytes);
  const context = '\n'.repeat(LIMITS.contextBytes);
  expect(bytes({ question, context, choices })).toBeLessThan(LIMITS.frameBytes);
});

it('lets the largest task that may be submitted be assigned in one frame', () => {
  const bare = { title: 't', verify: Array.from({ length: LIMITS.verify }, () => 'v'.repeat(LIMITS.verifyChars)) };
  const room = LIMITS.frameBytes - LIMITS.assignmentBytes - bytes({ ...bare, prompt: '' });
  const spec = { ...bare, prompt: '\u0001'.repeat(Math.floor(room / 6)) };
  expect(compile(TaskSpec)(spec).ok).toBe(true);
  const task = { ...assignedTask.valid[0], ...spec };
  const frame = { type: 'task.assign', task, generation: LIMITS.sequence, acceptWithinMs: 3_600_000 };
  expect(compile(AssignedTask)(task).ok).toBe(true);
  expect(compileFrames(hubFrames, 'answer')(frame).ok).toBe(true);
  expect(bytes(frame)).toBeLessThanOrEqual(LIMITS.frameBytes);
});
