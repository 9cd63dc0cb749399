import { expect, it } from 'vitest';
import { BodyWriter } from '../../bodies/body-writer.js';
import { commandOf, type ReportFrame, submitCommand } from './commands.js';

const NO_BODIES = new BodyWriter({ store: () => Promise.reject(new Error('too large')) } as never);

it('a repository is known by its address in the usual case, however it was written', async () => {
  const spec = { title: 'a', prompt: 'b', repo: { url: 'HTTPS://Git.Example.org/Team/Shop.git', base: 'Main' } };
  const command = await submitCommand(spec, 'default', 'owner', undefined, NO_BODIES);
  expect(command).toMatchObject({ spec: { repo: { url: 'https://git.example.org/Team/Shop.git', base: 'Main' } } });
});

const FROM = { org: 'default', agent: 'roofer', connection: 'c' };
const SPEC = { title: 'a', prompt: 'b', needs: ['b', 'a', 'b'], labels: { team: 'roof' }, runTimeoutSeconds: 60 };
const FRAME = { type: 'task.submit' as const, id: '7', idempotencyKey: 'k', ...SPEC };

it('a frame and a request that ask for the same task submit the same', async () => {
  const asked = await submitCommand(SPEC, 'default', 'agent:roofer', 'k', NO_BODIES);
  expect(await commandOf(FRAME, FROM, NO_BODIES)).toEqual(asked);
  expect(asked).toMatchObject({
    idempotency: { key: 'k' },
    spec: {
      title: 'a',
      prompt: 'b',
      lane: 'normal',
      needs: ['a', 'b'],
      labels: { team: 'roof' },
      runTimeoutMs: 60_000,
    },
  });
  expect(Object.keys((asked as { spec: object }).spec)).not.toContain('runTimeoutSeconds');
});

it('a task that says nothing more is stored with nothing more', async () => {
  const { title, prompt } = SPEC;
  const frame = { type: 'task.submit' as const, id: '7', idempotencyKey: 'k', title, prompt };
  expect(await commandOf(frame, FROM, NO_BODIES)).toHaveProperty('spec', { title, prompt, lane: 'normal', needs: [] });
});

it('a report that is sent again under another id, with more output behind it, is the same report', async () => {
  const said = { type: 'task.complete' as const, task: 't', generation: 1, seq: 1, result: { summary: 'done' } };
  const digest = async (frame: ReportFrame) =>
    ((await commandOf(frame, FROM, NO_BODIES)) as { report: { digest: string } }).report.digest;
  const first = await digest({ ...said, id: '1', outputSeq: 1 });
  expect(await digest({ ...said, id: '2', outputSeq: 9 })).toBe(first);
  expect(await digest({ ...said, id: '1', result: { summary: 'not done' } })).not.toBe(first);
});
