import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  engineEnvironment,
  inContainer,
  type RunContainer,
  removeContainers,
  whyNoContainer,
} from './run-container.js';

let dir: string;
let container: RunContainer;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'agentcom-container-'));
  container = {
    engine: join(dir, 'podman'),
    label: 'agentcom.attempt=abc',
    env: { PATH: process.env.PATH ?? '', HOME: dir },
    image: 'example.org/agent:1',
    network: 'none',
    args: ['--memory=1g'],
    mounts: [
      { path: '/srv/a', isReadOnly: false },
      { path: '/mirror', isReadOnly: true },
    ],
    binDir: '/state/bin',
  };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A program in the place of the engine, which notes how it was called. */
function engine(script: string): void {
  writeFileSync(container.engine, `#!/bin/sh\necho "$*" >> '${dir}/calls'\n${script}\n`);
  chmodSync(container.engine, 0o755);
}

const calls = () => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
const start = (env: Readonly<Record<string, string | undefined>> = {}) =>
  inContainer(container, { argv: ['agent', 'an argument'], cwd: '/srv/a', env });

describe('a program in a container', () => {
  it('gets the mounts and the network that it is given, and nothing else of the machine', () => {
    const { program, args } = start();
    expect(program).toBe(container.engine);
    const mounts = args.filter((_, index) => args[index - 1] === '--mount');
    expect(mounts).toEqual([
      'type=bind,source=/srv/a,target=/srv/a',
      'type=bind,source=/mirror,target=/mirror,readonly',
    ]);
    expect(args).not.toContain('--volume');
    for (const pair of [
      ['--network', 'none'],
      ['--workdir', '/srv/a'],
      ['--label', 'agentcom.attempt=abc'],
    ] as const)
      expect(args[args.indexOf(pair[0]) + 1]).toBe(pair[1]);
    const image = args.indexOf('example.org/agent:1');
    expect(args[image - 1]).toBe('--memory=1g');
    expect(args.slice(-2)).toEqual(['agent', 'an argument']);
  });

  it('gets variables by their names, but for those that mean something of the machine', () => {
    const { args, options } = start({ API_KEY: 'secret-value', HOME: '/root', PATH: '/own', GONE: undefined });
    expect(args.join(' ')).not.toContain('secret-value');
    const names = args.filter((_, index) => args[index - 1] === '--env');
    expect(names).toEqual(['HOME=/tmp/agent', 'API_KEY']);
    expect(options.env).toMatchObject({ API_KEY: 'secret-value', HOME: dir });
  });

  it('cannot be started with a path that the engine would read as something else', () => {
    container = { ...container, mounts: [{ path: '/srv,target=/', isReadOnly: false }] };
    expect(() => start()).toThrow('comma');
  });
});

it('those of an attempt are found by their label, and removed', async () => {
  engine('[ "$1" = ps ] && printf "one\\ntwo\\n"; exit 0');
  await removeContainers(container);
  expect(calls()).toEqual(['ps --all --quiet --filter label=agentcom.attempt=abc', 'rm --force one two']);
  engine('exit 0');
  await removeContainers(container);
  expect(calls().at(-1)).toContain('ps');
});

it('an engine or an image that is missing is named, with what to do', async () => {
  const env = { PATH: process.env.PATH };
  expect(await whyNoContainer(container, env)).toEqual({
    what: expect.stringContaining('cannot be started (ENOENT)'),
    remedy: expect.stringContaining('install it'),
  });
  engine('echo "Error: no such image" >&2; exit 1');
  expect(await whyNoContainer(container, env)).toEqual({
    what: expect.stringContaining('(Error: no such image)'),
    remedy: expect.stringContaining('pull example.org/agent:1'),
  });
  engine('exit 0');
  expect(await whyNoContainer(container, env)).toBeUndefined();
});

it('the engine finds its own settings, and no secret', () => {
  expect(engineEnvironment({ HOME: '/h', API_KEY: 'x', XDG_RUNTIME_DIR: '/run/1' })).toEqual({
    HOME: '/h',
    XDG_RUNTIME_DIR: '/run/1',
  });
});
