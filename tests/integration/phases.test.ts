// Whatever breaks in whatever phase of an attempt, one correct result comes of it: each phase is held, then the sidecar or the hub is killed, or
// a cable cut; work goes on as far as it can; what broke comes back. A cancelled attempt leaves nothing but its work, wherever it was.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskView } from '@agentcom/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine, Stage } from '../support/machine.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually } from '../support/wait.js';

const SETTLE_MS = 60_000;
const GROUP_TIMEOUT_MS = 150_000;

const sandbox = new Sandbox();
/** By the point at which each is caught. Only what came through a test is used in the next. */
const machines = new Map<PointName | 'the watchdog', Machine>();
let stage: Stage;
let joined = 0;

beforeAll(async () => {
  stage = await Stage.set(sandbox, {
    offlineGraceSeconds: 60,
    retryBaseSeconds: 1,
    retryCapSeconds: 1,
  });
});

afterAll(async () => {
  await stage?.clear();
  expect(await sandbox.close(), 'processes left behind').toEqual([]);
});

/** Where work is caught. */
interface Point {
  readonly hold?: (machine: Machine) => void;
  readonly caught: (machine: Machine) => Promise<unknown>;
  readonly release?: (machine: Machine) => unknown;
  /** The agent has not asked yet, or has no answer. */
  readonly isBeforeAnswer?: true;
}

const POINTS = {
  'the fetch': { ...atGit('fetch'), isBeforeAnswer: true },
  'the worktree': { ...atGit('read-tree'), isBeforeAnswer: true },
  'the question': { ...atSignal('ask'), isBeforeAnswer: true },
  'the wait for an answer': { caught: (machine) => machine.until('blocked'), isBeforeAnswer: true },
  'the answer': {
    caught: (machine) => machine.until('blocked'),
    release: (machine) => machine.answer(),
    isBeforeAnswer: true,
  },
  'the work': atSignal('work'),
  'the verification': atSignal('verify'),
  'the push': atGit('push --quiet'),
  'the pull request': atSite((machine) => stage.site.caught(machine.name)),
  // The cable is stopped up before the request is answered: the report does not arrive, or its confirmation does not.
  'the report': atSite((machine) => stuck(machine, 'up', () => machine.inPhase('reporting'))),
  'the confirmation': atSite((machine) => stuck(machine, 'down', () => machine.until('completed'))),
} satisfies Readonly<Record<string, Point>>;
type PointName = keyof typeof POINTS;
const ALL = Object.keys(POINTS) as PointName[];

function atGit(word: string): Point {
  return {
    hold: ({ git }) => git.hold(word),
    caught: ({ git }) => git.caught(),
    release: ({ git }) => git.release(),
  };
}

function atSignal(point: string): Point {
  return {
    hold: (machine) => machine.hold(point),
    caught: (machine) => machine.reached(point),
    release: (machine) => machine.release(),
  };
}

/** The request is open then, and nobody has heard of it. */
function atSite(caught: (machine: Machine) => Promise<unknown>): Point {
  return { hold: ({ name }) => stage.site.hold(name), caught, release: ({ name }) => stage.site.release(name) };
}

async function stuck(machine: Machine, direction: 'up' | 'down', seen: () => Promise<unknown>): Promise<void> {
  await stage.site.caught(machine.name);
  machine.toHub.stopUp(direction);
  stage.site.release(machine.name);
  await seen();
}

/** A machine whose work on a new task is held at this point. */
async function caughtAt(name: PointName): Promise<Machine> {
  const point: Point = POINTS[name];
  const machine = machines.get(name) ?? (await Machine.join(stage, `agent-${++joined + 10}`));
  machines.delete(name);
  point.hold?.(machine);
  await machine.begin();
  if (!point.isBeforeAnswer) await machine.answer();
  await point.caught(machine);
  return machine;
}

type Caught = ReadonlyMap<PointName, Machine>;

/** Catches work at all of these points at once, and goes on with what could be caught. */
function caughtAtAll(points: readonly PointName[], goOn: (caught: Caught) => Promise<unknown>) {
  const all = new Map<PointName, Promise<Machine>>();
  beforeAll(async () => {
    for (const name of points) all.set(name, caughtAt(name));
    const caught = new Map<PointName, Machine>();
    await Promise.allSettled([...all].map(async ([name, machine]) => caught.set(name, await machine)));
    await goOn(caught);
  }, GROUP_TIMEOUT_MS);
  return async (name: PointName): Promise<Machine> => {
    const machine = await all.get(name);
    if (machine === undefined) throw new Error(`nothing was begun for ${name}`);
    return machine;
  };
}

interface Fault {
  readonly fault: string;
  readonly points: readonly PointName[];
  readonly strike: (caught: Caught) => Promise<unknown>;
  /** After what was held has gone on. */
  readonly repair: (caught: Caught) => Promise<unknown>;
  /** The attempt that completes. */
  readonly generationAt?: Partial<Record<PointName, number>>;
}

const FAULTS: readonly Fault[] = [
  {
    fault: 'a killed sidecar',
    points: ALL,
    strike: (caught) => Promise.all([...caught.values()].map(({ sidecar }) => sidecar.kill9())),
    repair: async (caught) => {
      for (const { toHub, sidecar } of caught.values()) {
        toHub.repair();
        sidecar.start();
      }
    },
  },
  {
    fault: 'a killed hub',
    points: ALL,
    strike: async (caught) => {
      // It takes an answer only while it lives: it dies before anybody heard of this one, or right after.
      await caught.get('the answer')?.answer();
      await stage.killHub();
    },
    repair: async (caught) => {
      await stage.restartHub();
      for (const { toHub } of caught.values()) toHub.repair();
    },
  },
  {
    fault: 'a lost hub',
    points: ALL,
    strike: async (caught) => {
      for (const { toHub } of caught.values()) toHub.cut();
    },
    repair: async (caught) => {
      for (const { toHub } of caught.values()) toHub.repair();
    },
  },
  {
    fault: 'a lost remote',
    points: ['the fetch', 'the push', 'the pull request'],
    generationAt: { 'the fetch': 2 },
    strike: async (caught) => {
      for (const { toSite } of caught.values()) toSite.cut();
    },
    repair: async (caught) => {
      for (const [name, { toSite }] of caught) {
        // Only the request was on its way already.
        if (name !== 'the pull request') {
          await eventually('a try without the remote', SETTLE_MS, () => toSite.refused > 0 || undefined);
        }
        toSite.repair();
      }
    },
  },
];

describe.each(FAULTS)('$fault', ({ points, strike, repair, generationAt }) => {
  const caught = caughtAtAll(points, async (all) => {
    await strike(all);
    await Promise.all([...all].map(([name, machine]) => (POINTS[name] as Point).release?.(machine)));
    await repair(all);
  });

  test.each(points)('in the middle of %s', async (name) => {
    const machine = await caught(name);
    await machine.answer();
    const task = await machine.until('completed');
    expect(task.generation).toBe(generationAt?.[name] ?? 1);
    await expectOneResult(machine, task);
    await machine.tidied();
    expect(await machine.mirror('for-each-ref', 'refs/agentcom/')).toBe('');
    machines.set(name, machine);
  });
});

async function expectOneResult(machine: Machine, task: TaskView): Promise<void> {
  const { result, answers, history } = task;
  const events = history.map(({ event }) => event);
  for (const once of ['completed', 'answered'])
    expect(
      events.filter((event) => event === once),
      once,
    ).toHaveLength(1);
  expect(answers).toMatchObject([{ question: 'Which colour?', answer: 'blue' }]);
  expect(machine.points()).toEqual(['ask', 'work', 'verify']);
  expect(await machine.branches()).toEqual([[result?.branch, result?.commit]]);
  expect(await stage.site.origin.show(result?.commit ?? '', 'colour.txt')).toBe('blue\n');

  const said = 'The colour is blue indeed.\n';
  expect(result?.verification).toMatchObject([{ exitCode: 0, output: expect.stringContaining(said) }]);
  const pulls = stage.site.pullsFrom(result?.branch ?? '');
  const labels = [`agent:${machine.name}`, `lane:${task.lane}`];
  expect(pulls).toMatchObject([{ base: 'main', title: task.title, labels, state: 'open' }]);
  expect(result?.pullRequest).toMatch(new RegExp(`/pulls/${pulls[0]?.number}$`));

  const output = await eventually('the whole output', SETTLE_MS, async () => {
    const text = await machine.output();
    return text.includes(said) ? text : undefined;
  });
  for (const once of ['I look around.', 'It is to be blue.', 'It is painted.', said]) {
    expect(output.split(once), once).toHaveLength(2);
  }
}

describe('a cancelled task', () => {
  /** What each has made by then. */
  const made: Partial<Record<PointName, Readonly<Record<string, string>>>> = {
    'the fetch': {},
    'the worktree': {},
    'the question': { 'notes.txt': 'The wall is grey.\n' },
    'the wait for an answer': { 'notes.txt': 'The wall is grey.\n' },
    'the work': { 'notes.txt': 'The wall is grey.\n', 'colour.txt': 'blue\n' },
    'the verification': { 'colour.txt': 'blue\n' },
    'the push': { 'colour.txt': 'blue\n' },
    'the pull request': { 'colour.txt': 'blue\n' },
  };
  const points = Object.keys(made) as PointName[];
  const caught = caughtAtAll(points, (all) => Promise.all([...all.values()].map((machine) => machine.cancel())));

  test.each(points)('in the middle of %s leaves nothing but its work', async (name) => {
    const machine = await caught(name);
    await machine.tidied();
    await machine.idle();
    const { attempts, result } = await machine.until('cancelled');
    expect(attempts).toHaveLength(1);
    expect(result).toBeUndefined();
    const branches = await machine.branches();
    if (name === 'the pull request') {
      // What has left the machine is named, and nobody is left with a request that nobody works on.
      const [[branch = ''] = []] = branches;
      const [pull] = stage.site.pullsFrom(branch);
      expect(pull).toMatchObject({ state: 'closed', comments: [expect.stringContaining(machine.task)] });
      expect(attempts[0]).toMatchObject({ branch, pullRequest: expect.stringMatching(`/pulls/${pull?.number}$`) });
    } else {
      expect(branches).toEqual([]);
      expect(attempts[0]?.branch).toBeUndefined();
    }
    const ref = attempts[0]?.salvageRef;
    const files = Object.entries(made[name] ?? {});
    expect(ref === undefined).toBe(files.length === 0);
    for (const [file, text] of files) expect(await machine.mirror('show', `${ref}:${file}`)).toBe(text);
    expect(await machine.mirror('for-each-ref', 'refs/agentcom/attempt/')).toBe('');
    (POINTS[name] as Point).release?.(machine);
    machines.set(name, machine);
  });
});

test('an agent whose sidecar never comes back is ended by its own watchdog, with all that it has begun', async () => {
  const stubborn = `
    process.on('SIGTERM', () => {});
    require('node:child_process').spawn('sleep', ['600'], { stdio: 'inherit' });
    setInterval(() => console.log('I never end.'), 50);`;
  const machine = await Machine.join(stage, 'stubborn', [process.execPath, '-e', stubborn]);
  // Long enough for a slow machine to see the agent before its time is over.
  await machine.begin({ runTimeoutSeconds: 15, maxAttempts: 1 });
  await eventually('the agent and what it began', SETTLE_MS, () => {
    return machine.processes().some(({ command }) => command === 'sleep 600') || undefined;
  });
  await machine.sidecar.kill9();
  await eventually('the end of the agent', 2 * SETTLE_MS, () => machine.processes().length === 0 || undefined);
  const ended = join(machine.sidecar.stateDir, 'jobs', `${machine.task}-g1`, 'turn-1', 'exit.json');
  expect(JSON.parse(readFileSync(ended, 'utf8'))).toMatchObject({ exit: { cut: 'timeout' } });

  // For the hub, the time ran out as well.
  expect((await machine.until('dead')).attempts).toMatchObject([{ error: { class: 'timeout' } }]);
  machine.sidecar.start();
  await machine.sidecar.connected(stage.hub.api);
  await machine.tidied();
  machines.set('the watchdog', machine);
});

test('sidecars that were stopped leave neither process nor port', async () => {
  await Promise.all(
    [...machines.values()].map(async (machine) => {
      const { sidecar, toHub, toSite } = machine;
      const local = join(sidecar.stateDir, 'local.json');
      const { url } = JSON.parse(readFileSync(local, 'utf8')) as { url: string };
      expect(await (await fetch(`${url}/metrics`)).text()).toContain('agentcom_sidecar_linked');
      expect(await sidecar.child.stop(), sidecar.child.tail).toEqual({ code: 0, signal: null });
      expect(machine.processes()).toEqual([]);
      expect(existsSync(local)).toBe(false);
      await expect(fetch(`${url}/livez`)).rejects.toThrow();
      await Promise.all([toHub.close(), toSite.close()]);
    }),
  );
});
