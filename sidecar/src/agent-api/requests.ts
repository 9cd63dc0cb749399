// What an agent's request comes to: read, checked, masked, and passed on to the job, the hub or the mailbox. The same request sent
// again gets the answer it got, as long as this sidecar lives; after that, the job knows a question by its id.

import type {
  AgentError,
  AgentReply,
  AgentRequest,
  ErrorCode,
  ErrorDetail,
  HubFrameOf,
  LogWriter,
  Message,
  SidecarFrameOf,
} from '@agentcom/schemas';
import { AGENT_REQUEST_BYTES, agentRequests } from '@agentcom/schemas/agent-api';
import { catalogueEntry, isErrorCode } from '@agentcom/schemas/errors';
import { decodeJson } from '@agentcom/schemas/json';
import { compileFrames } from '@agentcom/schemas/validate';
import type { AttemptId } from '../core/attempt.js';
import type { CallOutcome, RequestError } from '../core/job-model.js';
import type { AgentCalls } from '../ports.js';
import { agentTask } from './agent-task.js';
import type { Mailbox } from './mailbox.js';
import { maskedRequest } from './masked-request.js';

/** What is asked of the hub for an agent; `done` is always told. */
export interface HubQuestions {
  ask(
    frame: Omit<SidecarFrameOf<'agents.list'>, 'id'> | Omit<SidecarFrameOf<'message.send'>, 'id'>,
    done: (error: RequestError | null, ok: HubFrameOf<'ok'> | null) => void,
  ): void;
}

export interface RequestParts {
  readonly calls: AgentCalls;
  readonly hub: HubQuestions;
  readonly mailbox: Mailbox;
  /** Takes what looks like a secret out of a text. */
  readonly mask: (text: string) => string;
  readonly log: LogWriter;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** Answers that are remembered, and requests in one second. */
const REMEMBERED_MAX = 256;
const PER_SECOND_MAX = 20;

const ASKED =
  'Your question is kept and goes to the people behind the task. End your turn now, without any more work: you will be started again ' +
  'with the answer.';
const SUBMITTED =
  'The result is kept. If all work is committed, end your turn now: the task completes when you have ended and the work has passed the ' +
  'checks.';

const readRequest = compileFrames(agentRequests);

type Refused = { readonly error: AgentError };
type Answered = { readonly result: object } | Refused;

export class Requests {
  readonly #attempt: AttemptId;
  readonly #parts: RequestParts;
  readonly #answers = new Map<string, Promise<Answered>>();
  #second = { since: 0, count: 0 };

  constructor(attempt: AttemptId, parts: RequestParts) {
    this.#attempt = attempt;
    this.#parts = parts;
  }

  /** One line for one line. Never rejects. */
  async answer(line: Buffer): Promise<string> {
    return JSON.stringify(await this.#reply(line));
  }

  async #reply(line: Buffer): Promise<AgentReply> {
    if (line.length > AGENT_REQUEST_BYTES) {
      const message = `a request may have at most ${AGENT_REQUEST_BYTES / 1024} KiB`;
      return { re: null, ...refused('request.too_large', message) };
    }
    const decoded = decodeJson(line);
    if (!decoded.ok) return { re: null, ...refused(decoded.code, 'the request cannot be read', decoded.details) };
    const read = readRequest(decoded.value);
    if (read.ok) return { re: read.frame.id, ...(await this.#once(read.frame)) };
    const { code, message, details } = read.refusal;
    return { re: typeof read.re === 'string' ? read.re : null, ...refused(code, message, details) };
  }

  /** A request that failed for a passing reason is not remembered: it is to be tried again. */
  #once(request: AgentRequest): Promise<Answered> {
    const known = this.#answers.get(request.id);
    if (known !== undefined) return known;
    if (this.#isTooMany()) {
      return Promise.resolve(refused('rate.limited', `at most ${PER_SECOND_MAX} requests a second`));
    }
    const answered = this.#carryOut(maskedRequest(request, this.#parts.mask)).catch((error: unknown) => {
      this.#parts.log.error({ err: error, request: request.type }, 'unexpected error');
      return refused('sidecar.internal', 'the sidecar failed to handle this request');
    });
    this.#answers.set(request.id, answered);
    void answered.then((answer) => {
      if ('error' in answer && answer.error.retryable) this.#answers.delete(request.id);
    });
    for (const id of this.#answers.keys()) {
      if (this.#answers.size <= REMEMBERED_MAX) break;
      this.#answers.delete(id);
    }
    return answered;
  }

  async #carryOut(request: AgentRequest): Promise<Answered> {
    const { calls } = this.#parts;
    switch (request.type) {
      case 'get_task': {
        const job = calls.job(this.#attempt);
        if (job === null) return refused('task.stale_generation', 'the attempt has ended');
        return { result: agentTask(job, await this.#newMessages()) };
      }
      case 'read_messages': {
        // Whoever is on its way out would only mark them as seen.
        if (calls.job(this.#attempt) === null) return refused('task.stale_generation', 'the attempt has ended');
        return { result: { messages: await this.#newMessages() } };
      }
      case 'report_progress': {
        const { note, fraction } = request;
        const progress = { ...(note !== undefined && { note }), ...(fraction !== undefined && { fraction }) };
        return outcome(await calls.progress(this.#attempt, progress), {});
      }
      case 'ask': {
        const { type: _type, id, ...asked } = request;
        return outcome(await calls.ask(this.#attempt, { questionId: id, ...asked }), { next: ASKED });
      }
      case 'submit_result': {
        const { type: _type, id: _id, ...result } = request;
        return outcome(await calls.submit(this.#attempt, result), { next: SUBMITTED });
      }
      case 'send_message': {
        const { id: _id, ...message } = request;
        return this.#fromHub({ ...message, type: 'message.send' }, ({ messageId }) =>
          messageId === undefined ? null : { messageId },
        );
      }
      case 'list_agents':
        return this.#fromHub({ type: 'agents.list' }, ({ agents }) => (agents === undefined ? null : { agents }));
    }
  }

  /** From now on they count as seen. */
  async #newMessages(): Promise<readonly Message[]> {
    const { mailbox } = this.#parts;
    const messages = mailbox.unseen();
    await mailbox.seen(messages);
    return messages;
  }

  #fromHub(
    frame: Parameters<HubQuestions['ask']>[0],
    resultOf: (ok: HubFrameOf<'ok'>) => object | null,
  ): Promise<Answered> {
    return new Promise((resolve) => {
      this.#parts.hub.ask(frame, (error, ok) => {
        if (error !== null) return resolve({ error: catalogued(error) });
        const result = ok === null ? null : resultOf(ok);
        resolve(result === null ? refused('sidecar.internal', 'the hub did not answer this request') : { result });
      });
    });
  }

  #isTooMany(): boolean {
    const now = this.#parts.now();
    if (now - this.#second.since >= 1000) this.#second = { since: now, count: 0 };
    this.#second.count += 1;
    return this.#second.count > PER_SECOND_MAX;
  }
}

function outcome(called: CallOutcome, result: object): Answered {
  return called.ok ? { result } : refused(called.code, called.message);
}

/** The link has reasons of its own, which all mean that the hub cannot be asked now. */
function catalogued({ code, message, retryable }: RequestError): AgentError {
  return { code: isErrorCode(code) ? code : 'sidecar.offline', message, retryable };
}

function refused(code: ErrorCode, message: string, details?: readonly ErrorDetail[]): Refused {
  const { retryable } = catalogueEntry(code);
  return { error: { code, message, retryable, ...(details !== undefined && { details }) } };
}
