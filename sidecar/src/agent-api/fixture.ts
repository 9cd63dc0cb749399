// An agent API for tests: on a real socket, with a job and a hub that answer as the test says.

import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentReply, HubFrameOf } from '@agentcom/schemas';
import { sameAttempt } from '../core/attempt.js';
import { ATTEMPT, jobIn } from '../core/fixture.js';
import type { CallOutcome, Job, RequestError } from '../core/job-model.js';
import { socketPath } from '../host/agent-socket-path.js';
import type { AgentCalls } from '../ports.js';
import { AgentApi } from './agent-api.js';
import { Mailbox } from './mailbox.js';
import type { HubQuestions } from './requests.js';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export class AgentApiBench {
  job: Job | null = jobIn('running');
  /** What the job answers, and what it was told. */
  outcome: () => Promise<CallOutcome> = async () => ({ ok: true });
  readonly told: { readonly what: string; readonly with: unknown }[] = [];
  /** What the hub answers, and what it was asked. */
  hub: { readonly error: RequestError | null; readonly ok: Partial<HubFrameOf<'ok'>> } = { error: null, ok: {} };
  readonly asked: unknown[] = [];
  mask: (text: string) => string = (text) => text;
  now = 0;

  private constructor(
    private readonly root: string,
    readonly stateDir: string,
    readonly mailbox: Mailbox,
  ) {}

  /** `below`: where the state is in a new directory. */
  static async make(below = '.'): Promise<AgentApiBench> {
    const root = await mkdtemp(join(tmpdir(), 'agentcom-agentApi-'));
    const stateDir = join(root, below);
    await mkdir(stateDir, { recursive: true });
    return new AgentApiBench(root, stateDir, await Mailbox.open(join(stateDir, 'messages.json'), silent));
  }

  get path(): string {
    return socketPath(this.stateDir, ATTEMPT);
  }

  /** An agent API that serves the attempt, as a sidecar has it that has just started. */
  async open(): Promise<AgentApi> {
    const tell = (what: string) => (_attempt: unknown, told: unknown) => {
      this.told.push({ what, with: told });
      return this.outcome();
    };
    const calls: AgentCalls = {
      job: (attempt) => (sameAttempt(attempt, ATTEMPT) ? this.job : null),
      progress: tell('progress'),
      ask: tell('ask'),
      submit: tell('submit'),
    };
    const hub: HubQuestions = {
      ask: (frame, done) => {
        this.asked.push(frame);
        const { error, ok } = this.hub;
        done(error, error === null ? { type: 'ok', re: 1, ...ok } : null);
      },
    };
    const { stateDir, mailbox } = this;
    const agentApi = new AgentApi({
      stateDir,
      mailbox,
      calls,
      hub,
      log: silent,
      mask: (text) => this.mask(text),
      now: () => this.now,
    });
    await agentApi.start(ATTEMPT);
    agentApi.serve(ATTEMPT);
    await agentApi.settled();
    return agentApi;
  }

  /** Sends lines on one connection and returns as many answers. */
  async say(...lines: readonly unknown[]): Promise<AgentReply[]> {
    const socket = connect(this.path);
    const replies: AgentReply[] = [];
    let rest = '';
    socket.on('data', (chunk) => {
      rest += chunk;
      const parts = rest.split('\n');
      rest = parts.pop() ?? '';
      replies.push(...parts.map((part) => JSON.parse(part) as AgentReply));
      if (replies.length >= lines.length) socket.end();
    });
    for (const line of lines) socket.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
    await once(socket, 'close');
    return replies;
  }

  remove(): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}
