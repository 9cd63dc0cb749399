// What the hub refuses is named as the person gave it, in every command that sends values of people.

import { ROUTES, type RouteName } from '@agentcom/schemas';
import { afterEach, expect, it } from 'vitest';
import { EXIT } from './exit.js';
import { runCommandLine } from './program.js';
import { KEY, problem, TASK, type TestHub, testHub, testWorld } from './testing.js';

let hub: TestHub | undefined;
afterEach(() => hub?.stop());

async function refused(paths: readonly string[], args: readonly string[]) {
  const errors = paths.map((path) => ({ path, message: 'must be another' }));
  hub = await testHub(() => problem(400, 'request.invalid', 'the body is not valid', { errors }));
  const world = testWorld({ env: { AGENTCOM_KEY: KEY, AGENTCOM_HUB: hub.url }, stdin: 'Typed.' });
  expect(await runCommandLine(world, [...args, '--json'])).toBe(EXIT.failed);
  return JSON.parse(world.err()).error;
}

const namesOf = async (paths: readonly string[], args: readonly string[]) =>
  (await refused(paths, args)).details.map(({ path }: { path: string }) => path);

it.each([
  [
    ['agent', 'invite'],
    ['/uses', '/ttlSeconds', '/capabilities/0', '/runners/0', '/repositories/0'],
    ['--count', '--ttl', '--capability', '--runner', '--repo'],
  ],
  [
    ['key', 'create', 'ci'],
    ['/name', '/ttlSeconds'],
    ['name', '--ttl'],
  ],
  [
    ['dead', 'requeue', '--cause', 'permanent'],
    ['/death', '/lane', '/changes/promptAppend', '/changes/lane', '/changes/budget/costMicros'],
    ['--cause', '--lane', '--prompt-append', '--to-lane', '--max-cost'],
  ],
  [
    ['task', 'retry', TASK],
    ['/model', '/freshSession', '/id', '/lane', '/budget/costMicros', '/runTimeoutSeconds'],
    ['--model', '--fresh-session', 'id', '--to-lane', '--max-cost', '--run-timeout'],
  ],
  [['task', 'retry', TASK, '--prompt-append-file', '-'], ['/promptAppend'], ['--prompt-append-file']],
  [
    ['task', 'answer', TASK, 'yes'],
    ['/answer', '/questionId'],
    ['answer', '--question'],
  ],
  [
    ['task', 'list'],
    ['/cursor', '/q'],
    ['--cursor', '--query'],
  ],
  [
    ['submit', 'Fix it', '--prompt', 'p'],
    ['/repo/base', '/repo/url', '/budget/tokens', '/labels/a', '/title', '/runTimeoutSeconds'],
    ['--base', '--repo', '--max-tokens', '--label', 'title', '--run-timeout'],
  ],
])('%j', async (args, paths, names) => {
  expect(await namesOf(paths, args)).toEqual(names);
});

/** `data` is for programs; what is wrong with a budget is wrong with one of its parts; the command itself says what it has seen. */
const WITHOUT = ['data', 'budget', 'ifGeneration'];

it.each<[RouteName, readonly string[]]>([
  ['enrolment.create', ['agent', 'invite']],
  ['key.create', ['key', 'create', 'ci']],
  ['task.retry', ['task', 'retry', TASK]],
  ['task.answer', ['task', 'answer', TASK, 'yes']],
  ['task.submit', ['submit', 'Fix it', '--prompt', 'p']],
])('every field of %s has a name', async (route, args) => {
  const { properties } = (ROUTES[route] as { body: { properties: object } }).body;
  const fields = Object.keys(properties).filter((field) => !WITHOUT.includes(field));
  const names = await namesOf(
    fields.map((field) => `/${field}`),
    args,
  );
  expect(names.filter((name: string) => name.includes('/'))).toEqual([]);
});

it('says what to do, and leaves what it has no name for as it is', async () => {
  const error = await refused(['/uses', '/new'], ['agent', 'invite']);
  expect(error).toMatchObject({ message: 'the hub refused these values', remedy: 'Correct them and retry.' });
  expect(error.details[1].path).toBe('/new');
  expect((await refused(['/new'], ['agent', 'invite'])).message).toBe('the body is not valid');
});
