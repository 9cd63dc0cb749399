// Builds a sidecar out of its parts, starts it and stops it. Long because everything is wired here and nowhere else.

import { isAbsolute, join } from 'node:path';
import type { Log, SidecarComponent, TaskSpec } from '@agentcom/schemas';
import {
  COLLECT_ORPHANS,
  DirectoryInUse,
  describeHolder,
  type Lock,
  lockDirectory,
  machineId,
  makeDirectories,
  makePrivateDirectory,
  Systemd,
  sleepAwareScheduler,
  uncollectedOrphans,
} from '@agentcom/schemas/host';
import { openTracer } from '@agentcom/schemas/tracing/tracer';
import { uuidv7 } from 'uuidv7';
import { AccountWatch } from './account-watch.js';
import { accessOf, binDirOf, openPrograms, runnerOf, workspacesOf } from './adapters.js';
import { AgentApi } from './agent-api/agent-api.js';
import { Mailbox } from './agent-api/mailbox.js';
import { placeAgentCommand } from './agent-command.js';
import { ClockWatch } from './clock-watch.js';
import { CompletionGate } from './completion-gate.js';
import type { SidecarConfig } from './config.js';
import { type AttemptId, idOf } from './core/attempt.js';
import type { Job } from './core/job-model.js';
import type { EndCause } from './core/link.js';
import { lowDisk } from './core/machine-fault.js';
import { maskSecrets } from './core/mask.js';
import { FinishedJobSweeper } from './finished-job-sweeper.js';
import { FitnessWatch } from './fitness-watch.js';
import { attemptSubject, followingLog } from './following-log.js';
import { Forges } from './forge/forges.js';
import { healthOf, introduction } from './introduction.js';
import { JobObservers } from './job-observers.js';
import { keyReader } from './link/key-file.js';
import { Link } from './link/link.js';
import { HubSocket } from './link/socket.js';
import { JobLoop } from './loop.js';
import { PROGRAM_GONE, probeMachine } from './machine-probe.js';
import { Metrics } from './observe/metrics.js';
import { Probe } from './observe/probe.js';
import { JobTraces } from './observe/traces.js';
import { JobStore } from './outbox/job-store.js';
import { Diffs } from './output/diffs.js';
import { Outputs } from './output/outputs.js';
import { RepositoryCacheGc } from './repository-cache-gc.js';
import { secretsIn } from './runners/environment.js';
import { gatewaySecrets, ownCredentialFiles } from './runners/provider.js';
import { SessionMessages } from './session-messages.js';
import { SignInWatch } from './sign-in-watch.js';
import { VERSION } from './version.js';

const GONE = {
  dismissed: 'the hub removed this agent',
  not_allowed: "the hub no longer accepts this agent's key",
  other_machine: "this agent's key is in use on another machine",
} as const;

/** The hub no longer has this agent, so its sidecar has ended by itself. */
export class AgentGone extends Error {
  constructor(override readonly cause: Exclude<EndCause, 'stopped'>) {
    super(GONE[cause]);
    this.name = 'AgentGone';
  }
}

/** What it runs by is gone: whoever started it as a service starts it by what has taken that place. */
export class ProgramMoved extends Error {
  override readonly name = 'ProgramMoved';
}

export type EndedBy = AgentGone | ProgramMoved;

export interface Sidecar {
  /**
   * Stops it; further calls wait for the same end. The agent's own process is left alone: it ends by itself, and the next start
   * finds it, or how it ended.
   */
  stop(): Promise<void>;
  /** Resolves when everything of it has ended: to null when it was told to stop. Never rejects. */
  readonly stopped: Promise<EndedBy | null>;
  /** Resolves when the hub has welcomed it for the first time. */
  readonly linked: Promise<void>;
  /** The attempt in hand. */
  holding(): AttemptId | undefined;
  /** The attempt in hand as it stands, null without one. */
  job(): Job | null;
  /** Submits a task in the name of its agent. Rejects when there is no link, or with the hub's reason. */
  submit(spec: TaskSpec, idempotencyKey: string): Promise<{ task: string }>;
}

export interface SidecarOptions {
  readonly logger: Log;
  /** The program text of the shim, which the build makes of `runners/shim-main.ts`. */
  readonly shim: string;
  /** How the command `agentcom` is started, for agents; without it, they have to find it in their PATH. */
  readonly command?: readonly [string, ...string[]];
  /** Told of every attempt that is over; its `failure` is null when it was completed. */
  readonly ended?: (job: Job) => void;
}

/** Starts a sidecar. Rejects when another one uses its state directory, or when that cannot be used; with `NoKey` when there is no key. */
export async function startSidecar(config: SidecarConfig, options: SidecarOptions): Promise<Sidecar> {
  const log = options.logger.child({ component: 'sidecar', hub: config.hub, agentId: config.name });
  await makePrivateDirectory(config.stateDir);
  await makeDirectories(config.repoRoot, 0o700);
  const state = await lockAlone(config.stateDir, 'stateDir');
  try {
    // Other agents may share `repoRoot`; what lies in it under this agent's name is this sidecar's alone.
    const worktrees = await lockAlone(join(config.repoRoot, 'work', `${config.name}.lock`), 'repoRoot');
    const unlock = () => {
      worktrees.release();
      state.release();
    };
    return await build(config, log, options, unlock).catch((error: unknown) => {
      unlock();
      throw error;
    });
  } catch (error) {
    state.release();
    throw error;
  }
}

async function lockAlone(directory: string, setting: 'stateDir' | 'repoRoot'): Promise<Lock> {
  try {
    return await lockDirectory(directory);
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) throw error;
    const who = describeHolder(error.holder);
    throw new Error(`another sidecar (${who}) is using ${directory}: stop it first, or choose another ${setting}`);
  }
}

async function build(
  config: SidecarConfig,
  plainLog: Log,
  { shim, command, ended = () => undefined }: SidecarOptions,
  unlock: () => void,
): Promise<Sidecar> {
  const { stateDir } = config;
  let home: { readonly org: string } | undefined;
  const log = followingLog(plainLog, () => home);
  const logOf = (component: SidecarComponent) => log.child({ component });
  const held = attemptSubject(() => loop.holding());
  const attemptLogOf = (component: SidecarComponent) => followingLog(logOf(component), held);
  if (uncollectedOrphans() !== undefined)
    log.warn(
      {},
      `process 1 here is Node, which does not reap the processes that agents leave behind. ${COLLECT_ORPHANS}`,
    );
  const machine = machineId(join(stateDir, 'machine.json'));
  if (machine.copiedFrom !== undefined)
    log.warn(machine.copiedFrom, 'these files were copied from another machine: the hub allows one machine per key');
  const readKey = keyReader(config.keyFile);
  const scheduler = sleepAwareScheduler();
  const { now } = scheduler;
  const store = new JobStore(stateDir);
  const access = accessOf(config);
  const runner = await runnerOf(config, shim, command ?? [], (attempt) => store.dirOf(attempt), access);
  const { job, setAside } = await store.open((attempt) => runner.halt(attempt));
  for (const aside of setAside) log.error(aside, 'a job on disk cannot be resumed; it was set aside');
  const isContained = config.runner.container.image !== undefined;
  // By the Node of the image.
  const forAgents = isContained && command !== undefined ? (['node', ...command.slice(1)] as const) : command;
  if (forAgents !== undefined) await placeAgentCommand(binDirOf(config), forAgents);
  const mailbox = await Mailbox.open(join(stateDir, 'messages.json'), logOf('agent-api'));
  const messages = new SessionMessages({ mailbox, dirOf: (attempt) => store.dirOf(attempt), log: logOf('agent-api') });
  // The last of what makes directories private.
  if (access !== undefined) await openPrograms(config);
  const clock = new ClockWatch({ wall: Date.now, elapsed: now }, log);
  const tracer = await openTracer(process.env, {
    ...{ service: 'agentcom-sidecar', version: VERSION },
    onFailed: (error) => log.warn({ err: error }, 'traces cannot be sent; they are dropped until they can'),
  });
  const traces = tracer && new JobTraces({ tracer, now: Date.now });
  const metrics = new Metrics({ isLinked: () => link.phase === 'online', job: () => loop.state.job });

  const programs = [process.execPath, ...(command ?? []).filter((word) => isAbsolute(word))];
  const accounts = new AccountWatch(config.runner, Date.now);
  const signIns = new SignInWatch(process.env, now, ownCredentialFiles(config.runner));
  const fitness = new FitnessWatch({
    probe: async () => {
      const found = await probeMachine({ config, env: process.env, programs, signIns });
      const isService = process.env.NOTIFY_SOCKET !== undefined;
      if (found.unfit?.code === PROGRAM_GONE && isService && loop.holding() === undefined)
        void end(new ProgramMoved(found.unfit.message));
      return found;
    },
    changed: () => link.tellHealth(),
    scheduler,
    log,
  });
  const { promise: linked, resolve: tellLinked } = deferred<void>();
  const link = new Link(
    {
      connect: (to) => new HubSocket(config.hub, readKey(), to, process.env, tracer),
      agent: introduction(config),
      instance: uuidv7(),
      machine: machine.id,
      scheduler,
      log: logOf('link'),
    },
    {
      holding: () => loop.holding(),
      health: async () => {
        const phase = loop.holding()?.phase;
        const health = await healthOf(config);
        const low = lowDisk(health.freeDiskBytes ?? Number.POSITIVE_INFINITY, config.lowDiskBytes, config.repoRoot);
        if (low !== undefined && fitness.unfit?.code !== low.code) fitness.failed(low);
        return { ...health, ...(phase !== undefined && { phase }), clock: new Date().toISOString() };
      },
      unfit: () => fitness.unfit,
      welcomed: (verdict, hubTime, graceMs, org, takesDiffs) => {
        if (home?.org !== org) home = { org };
        clock.compare(hubTime);
        metrics.links.inc();
        loop.feed({ type: 'online', verdict, ...(graceMs !== undefined && { graceMs }) });
        outputs.linked();
        diffs.linked(takesDiffs);
        tellLinked();
      },
      lost: (heardAt) => {
        outputs.lost();
        diffs.lost();
        reports.lost();
        loop.feed({ type: 'offline', heardAt });
      },
      task: (frame) => loop.hear(frame),
      outputTaken: (ack) => outputs.taken(ack),
      diffAsked: (frame) => diffs.asked(frame),
      outputHeldUp: (retryAfterMs) => outputs.again(retryAfterMs),
      message: ({ type: _type, ...message }) => {
        metrics.messages.inc();
        mailbox
          .keep(message)
          .then(() => {
            link.notify({ type: 'message.ack', messageId: message.messageId });
            messages.arrived();
          })
          .catch((error: unknown) => log.error({ err: error }, 'cannot store a message; the hub will send it again'));
      },
      ended: (cause) => void end(cause === 'stopped' ? null : new AgentGone(cause)),
    },
  );
  const outputs = new Outputs({
    pace: config.output,
    send: (frame) => link.notify(frame),
    sent: (bytes) => metrics.outputSent.inc({}, bytes),
    leftOut: (bytes) => metrics.outputLeftOut.inc({}, bytes),
    log: logOf('output'),
    now,
  });

  const workspaces = workspacesOf(config, attemptLogOf('git'), access);
  const forge = new Forges({ agent: config.name, forges: config.forges, pullRequest: config.pullRequest });
  const secrets = secretsIn(process.env);
  const allSecrets = () => [...secrets, ...gatewaySecrets(config.runner, process.env)];
  const diffs = new Diffs({
    source: workspaces,
    secrets: allSecrets,
    send: (frame) => link.notify(frame),
    ask: (frame, done) => link.ask(frame, done),
    log: logOf('output'),
  });
  const memory = new JobObservers(store);
  const { budgetCostMicros: costMicros, budgetTokens: tokens } = config.runner;
  const budget = { ...(costMicros !== undefined && { costMicros }), ...(tokens !== undefined && { tokens }) };
  const reports = new CompletionGate({ link: traces?.onLink(link) ?? link, outputs, diffs, job: () => loop.state.job });
  const loop = new JobLoop(
    {
      memory,
      workspaces,
      runner,
      forge,
      link: reports,
      heardAt: () => link.heardAt,
      runners: config.runner,
      accountsOf: (kind, preferred) => accounts.choose(kind, preferred),
      whyNot: (kind) => fitness.whyNot(kind),
      disk: {
        freeBytes: async () => (await healthOf(config)).freeDiskBytes,
        floorBytes: config.lowDiskBytes,
        full: (freeBytes) => {
          log.error({ freeBytes, dir: config.repoRoot }, 'the disk is nearly full: the agent is stopped');
          const low = lowDisk(freeBytes, config.lowDiskBytes, config.repoRoot);
          if (low !== undefined) fitness.failed(low);
        },
      },
      budget,
      log: attemptLogOf('job'),
      scheduler,
    },
    job,
  );
  const mask = (text: string) => maskSecrets(text, allSecrets());
  const agentApi = new AgentApi({
    ...{
      stateDir,
      calls: loop,
      hub: traces?.onQuestions(link) ?? link,
      mailbox,
      mask,
      log: attemptLogOf('agent-api'),
      now,
    },
    ...(access !== undefined && { access }),
  });
  const sweeper = new FinishedJobSweeper(
    store,
    workspaces,
    (attempt) => outputs.isSending(attempt) || diffs.isSending(attempt),
    log,
  );
  const cacheGc = new RepositoryCacheGc({
    workspaces,
    git: config.git,
    held: () => [loop.state.job?.task.id, loop.state.next?.offer.assignment.task.id].filter((id) => id !== undefined),
    discarded: async () => (await store.discarded()).flatMap((one) => one.job?.task.id ?? []),
    log,
  });
  const systemd = new Systemd(process.env, log);
  const probe = await startProbe(config, metrics, () => link.phase, log);

  const { promise: stopped, resolve: tellStopped } = deferred<EndedBy | null>();
  let ending: Promise<void> | null = null;
  const end = (reason: EndedBy | null): Promise<void> => {
    // Stopping the link tells of its end, and so comes here again.
    ending ??= Promise.resolve()
      .then(() => shutDown(reason))
      .then(() => log.info({ reason: reason?.message ?? 'asked to stop' }, 'sidecar stopped'))
      .catch((error: unknown) => log.error({ err: error }, 'the sidecar did not stop cleanly'))
      .then(() => tellStopped(reason));
    return ending;
  };
  const shutDown = async (reason: EndedBy | null): Promise<void> => {
    try {
      await systemd.stopping();
      clock.stop();
      await link.stop();
      await loop.stop();
      for (const part of [outputs, diffs, agentApi, cacheGc, sweeper, probe, fitness]) await part?.stop();
      await tracer?.close();
      const held = loop.holding();
      // Nobody will ever hear of this work, so nothing more is spent on it. Its record and its files stay.
      // Files that were copied from another machine name its work, which goes on.
      const isOwn = reason?.cause !== 'other_machine';
      if (reason !== null && isOwn && held !== undefined) await runner.halt(held);
    } finally {
      unlock();
    }
  };

  await agentApi.start(job === null ? null : idOf(job));
  memory.begin(job, {
    agentApi,
    messages,
    outputs,
    diffs,
    metrics,
    traces,
    accounts,
    signIns,
    fitness,
    sweeper,
    ended,
  });
  loop.start();
  await Promise.all([memory.takeUpRest(), fitness.begin()]);
  link.start();
  clock.start(() => link.woke());
  cacheGc.start();
  systemd.ready();
  log.info({ hub: config.hub, holding: loop.holding() ?? null, probe: probe?.url ?? null }, 'sidecar started');
  const submit: Sidecar['submit'] = (spec, idempotencyKey) => submitted(link, { ...spec, idempotencyKey });
  return { stop: () => end(null), stopped, linked, holding: () => loop.holding(), job: () => loop.state.job, submit };
}

/** A port that somebody else has is no reason to take no work. */
async function startProbe(
  config: SidecarConfig,
  metrics: Metrics,
  phase: () => Link['phase'],
  log: Log,
): Promise<Probe | null> {
  const reasons = () => (phase() === 'online' ? [] : [`not connected to the hub (${phase()})`]);
  const { localPort: port, stateDir } = config;
  const onFailed = (error: unknown) => log.error({ err: error }, 'the local probe failed to answer a request');
  return Probe.start({ port, stateDir, version: VERSION, metrics: () => metrics.read(), reasons, onFailed }).catch(
    (error: unknown) => {
      log.error({ err: error, port }, 'the local probe cannot listen; the sidecar continues without it');
      return null;
    },
  );
}

function submitted(link: Link, spec: TaskSpec & { readonly idempotencyKey: string }): Promise<{ task: string }> {
  return new Promise((resolve, reject) => {
    link.ask({ type: 'task.submit', ...spec }, (error, ok) => {
      if (ok?.task !== undefined) resolve({ task: ok.task });
      else reject(new Error(`${error?.code ?? 'hub.internal'}: ${error?.message ?? 'the hub did not return a task'}`));
    });
  });
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
