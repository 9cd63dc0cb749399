import type { Question } from '@agentcom/schemas';
import type { Job } from '@agentcom/sidecar/core/job-model';
import { expect, it } from 'vitest';
import { TASK } from '../testing.js';
import { converse } from './test-dialogue.js';

const QUESTION: Question = { questionId: 'q1', question: 'Which colour?', choices: ['red', 'blue'] };

/** A job that is blocked by a question until it is answered. */
class Scene {
  readonly calls: unknown[] = [];
  readonly said: string[] = [];
  readonly asked: Question[] = [];
  answer: string | undefined = 'blue';
  isOpen = true;
  reports: unknown[] = [];
  readonly #over = new AbortController();

  run(msMax = 10_000): Promise<never> {
    const blocked = () => ({
      task: { id: TASK },
      phase: 'blocked',
      question: QUESTION,
      outbox: { reports: this.reports },
    });
    const working = () => ({ task: { id: TASK }, phase: 'running', question: null, outbox: { reports: [] } });
    const sidecar = { job: () => (this.isOpen ? blocked() : working()) as unknown as Job };
    const call = async (name: string, request: unknown) => {
      this.calls.push([name, request]);
      this.isOpen = false;
      this.#over.abort(new Error('over'));
    };
    const ask = async (question: Question) => {
      this.asked.push(question);
      return this.answer;
    };
    const dialogue = { client: { call } as never, ask, say: (text: string) => void this.said.push(text) };
    return converse(sidecar, TASK, dialogue, msMax, this.#over.signal);
  }
}

it('puts the agent’s question to the person, once, and hands the answer over', async () => {
  const scene = new Scene();
  await expect(scene.run()).rejects.toThrow();
  expect(scene.asked).toEqual([QUESTION]);
  expect(scene.calls).toEqual([['task.answer', { path: { id: TASK }, body: { answer: 'blue', questionId: 'q1' } }]]);
  // The line that moves makes room for it.
  expect(scene.said.at(-1)).toBe('');
});

it('asks nobody before the hub knows of the question', async () => {
  const scene = new Scene();
  scene.reports = [{}];
  await expect(scene.run(600)).rejects.toMatchObject({ code: 'join.test_failed' });
  expect(scene.asked).toEqual([]);
});

it('shows the question when nobody answers it', async () => {
  const scene = new Scene();
  scene.answer = undefined;
  await expect(scene.run()).rejects.toMatchObject({
    code: 'join.test_asked',
    message: 'the agent asked a question in its test task: Which colour?',
  });
  expect(scene.calls).toEqual([]);
});
