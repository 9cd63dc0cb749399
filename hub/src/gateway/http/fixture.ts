// The HTTP side under test: the real server and handlers on a real coordinator, whose journal is in memory.
// Long because it wires all of them, as `edge.ts` does.

import type { AuditFact, MemberRole, Message, OutputPiece, TaskDiff, TaskView, Tracer } from '@agentcom/schemas';
import { systemScheduler } from '@agentcom/schemas/host';
import { silentLog } from '@agentcom/schemas/log-testing';
import type { FastifyInstance } from 'fastify';
import { uuidv7 } from 'uuidv7';
import { AbuseLimiter } from '../../access/abuse-limiter.js';
import { accountOf, type Caller, isLiveCredential, signedIn } from '../../access/authenticate.js';
import { ChannelSettings } from '../../access/channel-settings.js';
import { CredentialWatch } from '../../access/credential-watch.js';
import { Hosts } from '../../access/hosts.js';
import { type LimitSizes, Limits } from '../../access/limits.js';
import type { OpenIdSettings } from '../../access/open-id.js';
import { OperationsView } from '../../access/operations-view.js';
import { proxiesIn } from '../../access/proxies.js';
import { Sealer } from '../../access/sealing.js';
import { hashSecret, newKey, newToken } from '../../access/secrets.js';
import { UseNotes } from '../../access/use-notes.js';
import { filledTask } from '../../bodies/body-writer.js';
import { Clock } from '../../coordinator/clock.js';
import { CoordinatorRunner } from '../../coordinator/runner.js';
import { HUB_ORG } from '../../core/access/access.js';
import { MinuteTally } from '../../core/alert/minute-tally.js';
import type { Command, CommandOf, Replies } from '../../core/commands.js';
import { defaultConfig } from '../../core/config/config.js';
import { Refusal } from '../../core/refusal.js';
import type { State } from '../../core/state.js';
import { archiveMark } from '../../core/task/archive.js';
import { taskView } from '../../core/task/view.js';
import { Feed } from '../../feed/feed.js';
import { MemoryJournal } from '../../journal/log/memory-journal.js';
import { Meter } from '../../observe/meter.js';
import { Metrics } from '../../observe/metrics.js';
import { OutputLines } from '../../output/output-lines.js';
import type { MailPort } from '../mail-port.js';
import type { OutputAttempt } from '../output-port.js';
import { Rests } from '../rests.js';
import { SocketHolds } from '../socket-holds.js';
import { ConnectionGuard } from './connection-guard.js';
import { DashboardFiles } from './dashboard-files.js';
import { agentHandlers } from './handlers/agents.js';
import { alertHandlers } from './handlers/alerts.js';
import { auditHandlers } from './handlers/audit.js';
import { backupHandlers } from './handlers/backups.js';
import { commentHandlers } from './handlers/comments.js';
import { configHandlers } from './handlers/config.js';
import { costHandlers } from './handlers/costs.js';
import { deadLetterHandlers } from './handlers/dead-letters.js';
import { diffHandlers } from './handlers/diff.js';
import { enrolmentHandlers } from './handlers/enrolments.js';
import { NO_BODIES, newestOf, noMessages, wholeOutput } from './handlers/fixture.js';
import { haltHandlers } from './handlers/halts.js';
import { hubHandlers } from './handlers/hub.js';
import { identityHandlers } from './handlers/identity.js';
import { joinHandlers } from './handlers/join.js';
import { keyHandlers } from './handlers/keys.js';
import { memberHandlers } from './handlers/members.js';
import { messageHandlers } from './handlers/messages.js';
import { needHandlers } from './handlers/needs.js';
import { notificationHandlers } from './handlers/notifications.js';
import { TEST_KINDS, TestDeliveries } from './handlers/notifications-fixture.js';
import { operationUndoHandlers } from './handlers/operation-undo.js';
import { operationHandlers } from './handlers/operations.js';
import { orgHandlers } from './handlers/orgs.js';
import { outputHandlers } from './handlers/output.js';
import { savedViewHandlers } from './handlers/saved-views.js';
import { spendLimitHandlers } from './handlers/spend-limits.js';
import { taskActionHandlers } from './handlers/task-actions.js';
import { taskListHandlers } from './handlers/task-list.js';
import { taskHandlers } from './handlers/tasks.js';
import { IdempotencyCache } from './idempotency-cache.js';
import { JoinFiles } from './join-files.js';
import { TestOperations } from './operations-fixture.js';
import { RequestLimits } from './request-limits.js';
import { buildHttp } from './server.js';
import { waitingShares } from './shares.js';
import { TaskWaits } from './task-waits.js';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: T;
}

export interface Member {
  /** The `Cookie` header of its session. */
  readonly cookie: string;
  readonly person: string;
  readonly session: string;
}

export interface Sent {
  readonly key?: string | undefined;
  /** Sent from a page of the hub. */
  readonly cookie?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One hub, leading, with nothing in it but what a test puts there. */
export class TestHub {
  readonly shard: CoordinatorRunner;
  readonly feed = new Feed({
    soon: (run) => void systemScheduler.after(0, run),
    onFailed: (error) => {
      throw error;
    },
  });
  /** As shipped unless a test says otherwise. */
  limits: LimitSizes = defaultConfig.values.limits;
  /** Output that there is of every task. */
  readonly output: OutputPiece[] = [];
  /** Diffs that are kept. */
  readonly diffs: TaskDiff[] = [];
  /** Attempts whose sidecars were asked for theirs. */
  readonly diffsAsked: OutputAttempt[] = [];
  /** Messages that were sent. */
  readonly messages: Message[] = [];
  readonly deliveries = new TestDeliveries();
  readonly operations = new TestOperations();
  /** Of requests that wait. */
  readonly waiting = waitingShares();
  readonly sealer = new Sealer(Sealer.newKey());
  /** What was audited, in order. */
  readonly audited: { readonly org: string | undefined; readonly fact: AuditFact }[] = [];
  /** By id: tasks that have left memory. */
  readonly #archive = new Map<string, TaskView>();
  app!: FastifyInstance;
  readonly #leading: Promise<void>;
  readonly #stopping = new AbortController();
  #url: Promise<string> | undefined;

  private constructor(
    private readonly isOpen: boolean,
    private readonly provider: OpenIdSettings | undefined,
    private readonly mail: MailPort | undefined,
    private readonly tracer: Tracer | undefined,
  ) {
    let leads = (): void => undefined;
    this.#leading = new Promise((resolve) => {
      leads = resolve;
    });
    this.shard = new CoordinatorRunner({
      journal: new MemoryJournal([], uuidv7),
      clock: new Clock({ wall: () => Date.now(), elapsed: () => performance.now() }),
      hub: 'test',
      exclusive: true,
      self: () => ({ url: 'http://test', version: '1.0.0' }),
      inputs: { newId: uuidv7, random: Math.random },
      log: silentLog,
      facts: { version: '0.0.0', heartbeatSeconds: 15 },
      scheduler: systemScheduler,
      onOutputs: () => undefined,
      onReset: (seq) => this.feed.reset(seq),
      onPhase: (phase) => {
        if (phase === 'leading') leads();
      },
      onCommitted: (changes, seq, ms) => this.feed.publish(changes, seq, ms),
      onStuck: () => undefined,
      onUntrusted: (error) => {
        throw error;
      },
    });
  }

  /**
   * @param isOpen  whether everybody may register
   * @param provider  where people may sign in
   * @param mail  with it, mail is sent, and the hub is at https://hub.example
   */
  static async start(isOpen = false, provider?: OpenIdSettings, mail?: MailPort, tracer?: Tracer): Promise<TestHub> {
    const hub = new TestHub(isOpen, provider, mail, tracer);
    hub.shard.start();
    await hub.#leading;
    hub.app = await hub.#build();
    return hub;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.app.close();
    await this.shard.stop();
  }

  /** The address of the real server, for what must go over a socket. */
  listen(): Promise<string> {
    this.#url ??= this.app.listen({ host: '127.0.0.1', port: 0 });
    return this.#url;
  }

  get state(): State {
    return this.shard.state;
  }

  async call<T = Record<string, unknown>>(
    method: 'GET' | 'HEAD' | 'POST' | 'DELETE' | 'PATCH' | 'PUT',
    url: string,
    { key, cookie, body, headers = {} }: Sent = {},
  ): Promise<Answer<T>> {
    const response = await this.app.inject({
      method,
      url: /^\/(api|sign-in|join|livez|readyz|healthz|metrics)/.test(url) ? url : `/api/v1${url}`,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(cookie !== undefined && { cookie, origin: 'http://localhost:80' }),
        ...headers,
      },
      ...(body !== undefined && { payload: body as object }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (isJson ? response.json() : { text: response.body }) as T,
    };
  }

  async decide<C extends Command>(command: C): Promise<Replies[C['type']]> {
    const outcome = await this.shard.execute(command, 'test');
    if (outcome instanceof Refusal) throw new Error(`${command.type} was refused: ${outcome.code} ${outcome.message}`);
    return outcome;
  }

  /** A new key of that role. */
  async key(
    role: MemberRole,
    org = HUB_ORG,
    more: Partial<Pick<CommandOf<'key.create'>, 'scopes' | 'repositories' | 'ttlMs' | 'by'>> = {},
  ): Promise<{ secret: string; id: string }> {
    const { key: secret, hint } = newKey(org);
    const hash = hashSecret(secret);
    const { key } = await this.decide<CommandOf<'key.create'>>({
      type: 'key.create',
      org,
      by: 'test',
      role,
      name: role,
      hash,
      hint,
      ...more,
    });
    return { secret, id: key };
  }

  /** A new person who is a member in that role, signed in. */
  async member(role: MemberRole, org = HUB_ORG): Promise<Member> {
    const invitation = hashSecret(newToken());
    await this.decide({ type: 'member.invite', org, by: 'test', hash: invitation, role, ttlMs: 60_000 });
    const email = `${uuidv7()}@example.org`;
    const account = { email, name: role, passwordHash: '' };
    const { person } = await this.decide<CommandOf<'person.register'>>({
      type: 'person.register',
      ...account,
      invitation,
    });
    const secret = newToken();
    const from = { hash: hashSecret(secret), ttlMs: 3_600_000, idleMs: 3_600_000, address: 'test' };
    const { session } = await this.decide<CommandOf<'session.start'>>({
      type: 'session.start',
      ...from,
      person,
      proof: { method: 'password' },
    });
    return { cookie: `agentcom_session=${secret}`, person, session };
  }

  /** A new agent, and its key. */
  async agent(name: string, org = HUB_ORG): Promise<{ secret: string; id: string }> {
    const secret = newKey(HUB_ORG).key;
    const hash = `token of ${org}/${name}`;
    await this.decide({
      type: 'enrolment.create',
      org,
      by: 'test',
      hash,
      uses: 1,
      ttlMs: 60_000,
      capabilities: [],
    });
    const machine = { name, capabilities: [], host: 'host', os: 'linux' };
    await this.decide({ type: 'enrol', tokenHash: hash, keyHash: hashSecret(secret), ...machine });
    const key = this.state.keys.get(hashSecret(secret));
    return { secret, id: key?.id ?? '' };
  }

  /** A task that no agent takes, unless `spec` says what it needs. */
  async submit(by: string, org = HUB_ORG, spec: Partial<CommandOf<'task.submit'>['spec']> = {}): Promise<string> {
    const whole = { title: 'a task', prompt: 'do it', lane: 'normal' as const, needs: ['nobody'], ...spec };
    return (await this.decide({ type: 'task.submit', org, by, spec: whole })).task;
  }

  /** A task that only an agent of its own can take, which fails at it for good. */
  async deadTask(by: string, org = HUB_ORG): Promise<string> {
    const agent = `undertaker-${uuidv7()}`;
    await this.agent(agent, org);
    await this.decide({
      type: 'agent.hello',
      org,
      agent,
      connection: agent,
      instance: agent,
      capabilities: [agent],
      version: '1.0.0',
      host: 'host',
      os: 'linux',
    });
    const task = await this.submit(by, org, { needs: [agent] });
    const attempt = { org, agent, connection: agent, task, generation: 1 };
    await this.decide({ type: 'task.accept', ...attempt });
    await this.decide({
      type: 'task.fail',
      ...attempt,
      report: { seq: 1, digest: 'd' },
      error: { class: 'permanent', code: 'it.failed', message: 'it failed' },
    });
    await this.decide({ type: 'agent.gone', org, agent, connection: agent });
    await this.decide({ type: 'agent.remove', org, agent });
    return task;
  }

  /** A finished task leaves memory. */
  async archive(id: string): Promise<void> {
    const task = this.state.tasks.get(id);
    if (task === undefined) throw new Error(`task ${id} not found`);
    this.#archive.set(`${task.org}/${id}`, await filledTask(NO_BODIES, taskView(task)));
    await this.decide({ type: 'tasks.archive', tasks: [{ id, mark: archiveMark(task) }] });
  }

  async #build(): Promise<FastifyInstance> {
    const { shard, mail, waiting } = this;
    const output = wholeOutput(this.output);
    const publicUrl = mail === undefined ? undefined : 'https://hub.example';
    const now = (): number => shard.now();
    const limits = new Limits(() => this.limits);
    const abuse = new AbuseLimiter(() => this.shard.now(), new MinuteTally());
    const metrics = new Metrics();
    const bodies = NO_BODIES;
    const stopping = this.#stopping.signal;
    const waits = new TaskWaits(this.feed, systemScheduler, stopping);
    const archived = async (org: string, id: string) => this.#archive.get(`${org}/${id}`) ?? null;
    const tasks = {
      signsOf: () => undefined,
      bodies,
      refuseSubmission: () => null,
      archived,
      waits,
      waiting,
      now,
    };
    const files = new JoinFiles(undefined);
    const messages = noMessages(() => this.state, this.messages);
    const dashboard = new DashboardFiles(undefined);
    const holds = new SocketHolds();
    const { operations } = this;
    const seenBy = (caller: Caller) => new OperationsView(operations, caller);
    const actions = { shard, bodies: tasks.bodies, now, newId: uuidv7, scheduler: systemScheduler, operations };
    return buildHttp({
      waiting,
      shard,
      abuse,
      guard: new ConnectionGuard(() => false),
      hosts: new Hosts({ host: '127.0.0.1', allowedHosts: ['hub.example'] }, 'test'),
      isProxy: proxiesIn(['192.0.2.0/24']),
      rests: new Rests(() => performance.now()),
      holds,
      requestLimits: new RequestLimits({ limits, holds, now }),
      credentials: new CredentialWatch({
        feed: this.feed,
        scheduler: systemScheduler,
        now,
        isLive: (key) => isLiveCredential(shard.state, key, now()),
        onFailed: (error) => {
          throw error;
        },
      }),
      uses: new UseNotes({ scheduler: systemScheduler, now, note: async () => undefined }),
      answers: new IdempotencyCache(now),
      metrics,
      audit: { record: (org, fact) => void this.audited.push({ org, fact }) },
      tracer: this.tracer,
      log: silentLog,
      draining: () => false,
      dashboard,
      handlers: {
        ...taskHandlers(tasks),
        ...taskListHandlers({ now, signsOf: () => undefined }),
        ...deadLetterHandlers(tasks),
        ...taskActionHandlers(actions),
        ...operationHandlers(seenBy),
        ...operationUndoHandlers({ ...actions, seenBy }),
        ...configHandlers(),
        ...alertHandlers(now),
        ...needHandlers(now),
        ...haltHandlers,
        ...savedViewHandlers(now),
        ...spendLimitHandlers,
        ...auditHandlers({ page: async () => ({ items: [], nextCursor: null, breaks: [] }) }),
        ...agentHandlers({ registry: { of: () => undefined }, hubVersion: '1.0.0', now }),
        ...outputHandlers({
          now,
          intake: { take: () => ({ taken: true }), ended: () => undefined, isWhole: () => true },
          store: output,
          lines: new OutputLines({ output, now: () => performance.now() }),
          archived: tasks.archived,
          waits,
          stopping,
        }),
        ...diffHandlers({
          ...{ store: newestOf(this.diffs), archived: tasks.archived, waiting },
          requests: { refresh: async (attempt) => void this.diffsAsked.push(attempt) },
        }),
        ...commentHandlers({ ...tasks, store: newestOf(this.diffs), messages }),
        ...messageHandlers(messages),
        ...notificationHandlers({
          kinds: TEST_KINDS,
          deliveries: this.deliveries,
          settings: new ChannelSettings(this.sealer),
          scheduler: systemScheduler,
          newId: uuidv7,
          now,
          shard,
          newPushKeys: () => ({ publicKey: 'public', privateKey: 'private' }),
        }),
        ...keyHandlers(now),
        ...costHandlers(now),
        ...memberHandlers({ publicUrl, mail, now }),
        ...orgHandlers({ publicUrl: undefined, isOpen: this.isOpen, now }),
        ...identityHandlers({
          sealer: this.sealer,
          provider: this.provider,
          tracer: this.tracer,
          onProviderFailed: () => undefined,
          abuse,
          now,
          isOpen: this.isOpen,
          publicUrl,
          mail,
          accountOf: (email) => accountOf(shard.state, email),
          // A test may be over before the last link is made.
          onMailFailed: () => undefined,
          sessionSeconds: 3_600,
          sessionIdleSeconds: 3_600,
          signedIn: (secret) => signedIn(shard.state, secret, now()),
        }),
        ...enrolmentHandlers({ files, publicUrl: undefined }),
        ...joinHandlers({ files, publicUrl: undefined }),
        ...backupHandlers({
          backups: {
            create: noOperation,
            list: async () => [],
            verify: (id) => new Refusal('backup.not_found', `backup ${id} not found`),
          },
          compactions: { create: noOperation },
          restores: { begin: ({ backup }) => new Refusal('backup.not_found', `backup ${backup} not found`) },
        }),
        ...hubHandlers({
          now,
          meter: new Meter(metrics, now),
          metrics,
          storage: () => ({ streams: [] }),
          version: '1.0.0',
          startedAt: now(),
          dashboard,
          notReady: () => [],
          degraded: () => [],
          evaluatedAgeSeconds: () => undefined,
        }),
      },
    });
  }
}

function noOperation(): Refusal {
  return new Refusal('operation.not_found', 'there are no operations here');
}
