// A spend limit of the organisation, met by a fleet of the real Claude Code, Codex and OpenCode at full work: how far past it they spend, and that after
// a raise each goes on in its session, with its work, and with no attempt used.

import type { CostReport, LimitView, TaskView } from '@agentcom/schemas';
import { installTools } from '../agents/install.js';
import { type Tool, toolsOf } from '../agents/tools.js';
import { type Hub, startHub } from '../support/hub.js';
import { Origin } from '../support/origin.js';
import { Sandbox } from '../support/sandbox.js';
import { eventually, within } from '../support/wait.js';
import { agentcom } from './command.js';
import { rounded } from './figures.js';
import type { Course, Outcome, Part, Row } from './part.js';
import { Fleet, type FleetAgent, toolProcesses } from './spend-fleet.js';

const AGENTS = 20;
/** More than there are agents, to see that nothing of them begins. */
const TASKS = 24;
const LIMIT_MICROS = 2_000_000;
const RAISED = '100';
/** From one report of what was used to the next, at the earliest. */
const REPORT_MS = 2_000;
const BEGIN_TIMEOUT_MS = 300_000;
const REACH_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 60_000;
const FINISH_TIMEOUT_MS = 600_000;
const TITLES: readonly string[] = ['Claude Code', 'Codex', 'OpenCode'];

export const spend: Part = {
  name: 'spend',
  about: 'a spend limit met by a fleet of the real tools, which it installs from npm',
  isByNameOnly: true,
  async run(course) {
    const tools = toolsOf(await installTools()).filter(({ title }) => TITLES.includes(title));
    const sandbox = new Sandbox();
    try {
      return await measure(sandbox, tools, course);
    } finally {
      await sandbox.close();
    }
  },
};

async function measure(sandbox: Sandbox, tools: readonly Tool[], { quick, say }: Course): Promise<Outcome> {
  const size = quick ? tools.length : AGENTS;
  const limitMicros = (LIMIT_MICROS / AGENTS) * size;
  const hub = await startHub(sandbox);
  const origin = await Origin.make(sandbox.path('origin.git'), { 'README.md': 'A project.\n' });
  // So that what they reserve together is the limit.
  await agentcom(sandbox, hub, 'config', 'set', `spending.estimateCostMicros=${limitMicros / size}`);
  await agentcom(sandbox, hub, 'limit', 'set', 'org', '--day', String(limitMicros / 1e6));
  const fleet = await Fleet.start(sandbox, hub, tools, size);
  try {
    say(`${size} sidecars are connected`);
    const ids = await submitAll(hub, origin, Math.round((TASKS / AGENTS) * size));
    await within(fleet.allBegun, BEGIN_TIMEOUT_MS, 'a session of every agent');
    say('every agent is at work');
    const begunAtMs = Date.now();
    const reached = await untilReached(hub, ids, size);
    say(`the limit was reached after ${rounded((reached.atMs - begunAtMs) / 1000, 1)} s`);
    const stopped = await untilStopped(hub, ids, reached.running);
    const spent = await spentOf(hub);
    const before = {
      billed: fleet.billedForWork(),
      inFlight: fleet.billed(reached.atMs - REPORT_MS),
      notes: new Map(fleet.agents.map((agent) => [agent.name, Fleet.notesOf(agent)])),
    };
    const waiting = await tasksOf(
      hub,
      ids.filter((id) => !reached.running.has(id)),
    );
    const begunMeanwhile = waiting.filter(({ attempts }) => attempts.length > 0).length;
    fleet.finish();
    await agentcom(sandbox, hub, 'limit', 'raise', 'org', '--day', RAISED);
    const done = await Promise.all(ids.map((id) => hub.api.taskIn(id, ['completed', 'dead'], FINISH_TIMEOUT_MS)));
    const kept = await Promise.all(
      done.map(async (task) => !reached.running.has(task.id) || (await wentOn(origin, task, before.notes))),
    );
    await hub.stop();
    return told({
      ...{ size, limitMicros, spent, tasks: ids.length, begunMeanwhile },
      ...{ billed: before.billed, inFlight: before.inFlight },
      reachSeconds: rounded((reached.atMs - begunAtMs) / 1000, 1),
      stopSeconds: rounded((stopped.atMs - reached.atMs) / 1000, 1),
      wentOn: done.filter((task, i) => reached.running.has(task.id) && kept[i]).length,
      completed: done.filter(({ state }) => state === 'completed').length,
      attemptsUsed: done.reduce((sum, task) => sum + task.attemptsUsed, 0),
      tools: fleet.agents,
    });
  } finally {
    await fleet.close();
  }
}

async function submitAll(hub: Hub, origin: Origin, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    const repo = { url: origin.url, base: 'main' };
    ids.push((await hub.api.submit({ title: `Notes ${number}`, prompt: 'Keep notes.', repo })).id);
  }
  return ids;
}

function tasksOf(hub: Hub, ids: readonly string[]): Promise<TaskView[]> {
  return Promise.all(ids.map((id) => hub.api.task(id)));
}

/** The tasks that it stopped, and when the hub did so. */
async function untilReached(hub: Hub, ids: readonly string[], size: number) {
  await eventually('the limit', REACH_TIMEOUT_MS, async () => (await limitOf(hub)).level === 'reached' || undefined);
  const stopped = (await tasksOf(hub, ids)).filter(({ attempts }) => attempts.length > 0);
  const times = stopped.flatMap(({ history }) =>
    history.filter(({ event }) => event === 'limited').map(({ at }) => at),
  );
  if (stopped.length !== size || times.length !== size)
    throw new Error(`${times.length} of ${stopped.length} attempts of ${size} agents were stopped`);
  return { running: new Set(stopped.map(({ id }) => id)), atMs: Math.min(...times.map((at) => Date.parse(at))) };
}

/** Until nothing of them runs any more, and every sidecar has confirmed that. */
async function untilStopped(hub: Hub, ids: readonly string[], running: ReadonlySet<string>) {
  await eventually('the end of every tool', STOP_TIMEOUT_MS, () => toolProcesses(running).length === 0 || undefined);
  const atMs = Date.now();
  await eventually('what every agent has used in the end', STOP_TIMEOUT_MS, async () => {
    const tasks = (await tasksOf(hub, ids)).filter(({ id }) => running.has(id));
    return tasks.every(({ attempts }) => attempts[0]?.leftConfirmed === true) || undefined;
  });
  return { atMs };
}

function limitOf(hub: Hub): Promise<LimitView> {
  return hub.api.need('GET', '/limits/org');
}

/** As the limit has counted it; the ledger has the same. */
async function spentOf(hub: Hub): Promise<number> {
  const counted = (await limitOf(hub)).windows[0]?.used.costMicros ?? 0;
  const { total } = await hub.api.need<CostReport>('GET', '/costs?by=org');
  const booked = total.costs.reduce((sum, { costMicros }) => sum + costMicros, 0);
  if (booked !== counted) throw new Error(`the limit has counted ${counted}, and the ledger ${booked}`);
  return counted;
}

/** Whether it is finished, by the agent and in the session that had begun it, with what was written before, and no attempt used. */
async function wentOn(origin: Origin, task: TaskView, notes: ReadonlyMap<string, readonly string[]>): Promise<boolean> {
  const [first, second, ...more] = task.attempts;
  if (task.state !== 'completed' || task.attemptsUsed > 0 || first === undefined || more.length > 0) return false;
  const isSame = second?.agent === first.agent && second.session?.id === first.session?.id;
  const written = (await origin.show(task.result?.commit ?? '', 'notes.txt')).trim().split('\n');
  return (
    isSame && written.at(-1) === 'finished' && (notes.get(first.agent) ?? []).every((note) => written.includes(note))
  );
}

interface Figures {
  readonly size: number;
  readonly tasks: number;
  readonly limitMicros: number;
  readonly spent: number;
  readonly billed: number;
  readonly inFlight: number;
  readonly begunMeanwhile: number;
  readonly reachSeconds: number;
  readonly stopSeconds: number;
  readonly wentOn: number;
  readonly completed: number;
  readonly attemptsUsed: number;
  readonly tools: readonly FleetAgent[];
}

function told(figures: Figures): Outcome {
  const { size, tasks, limitMicros, spent, billed, inFlight, wentOn } = figures;
  const past = spent - limitMicros;
  const versions = new Map<string, number>();
  for (const { tool } of figures.tools) {
    const name = `${tool.title} ${tool.installed.version}`;
    versions.set(name, (versions.get(name) ?? 0) + 1);
  }
  const rows: Row[] = [
    {
      what: [...versions].map(([name, count]) => `${count} × ${name}`).join(', '),
      value: `${dollars(limitMicros)} reached after ${figures.reachSeconds} s`,
    },
    {
      what: 'spent past the limit, and what was in flight',
      value: dollars(past),
      goal: `≤ ${dollars(inFlight)}`,
      met: past >= 0 && past <= inFlight,
    },
    { what: 'from the limit to the end of the last tool', value: `${figures.stopSeconds} s` },
    {
      what: 'booked, of what the models had answered',
      value: `${dollars(spent)} of ${dollars(billed)}`,
    },
    {
      what: 'tasks that began after the limit was reached',
      value: String(figures.begunMeanwhile),
      goal: '0',
      met: figures.begunMeanwhile === 0,
    },
    {
      what: 'went on after the raise: same agent, same session, work kept',
      value: `${wentOn} of ${size}`,
      goal: String(size),
      met: wentOn === size,
    },
    {
      what: 'completed in the end; attempts used',
      value: `${figures.completed} of ${tasks}; ${figures.attemptsUsed}`,
      goal: `${tasks}; 0`,
      met: figures.completed === tasks && figures.attemptsUsed === 0,
    },
  ];
  const { tools: _, ...numbers } = figures;
  return { rows, json: { spend: { ...numbers, past } } };
}

function dollars(micros: number): string {
  return `${(micros / 1e6).toFixed(3)} USD`;
}
