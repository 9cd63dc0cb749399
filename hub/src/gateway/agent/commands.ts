// What a sidecar's frame asks the coordinator to decide. Long bodies are stored on the way.

import { hash } from 'node:crypto';
import {
  inUsualCase,
  LIMITS,
  type SidecarFrame,
  type SidecarFrameOf,
  type TaskSpec,
  type Unfit,
} from '@agentcom/schemas';
import { type BodyWriter, whenReady } from '../../bodies/body-writer.js';
import { agentKey, isSameUnfit } from '../../core/agent/agent.js';
import type { FromConnection } from '../../core/agent/fence.js';
import { canonicalJson } from '../../core/canonical.js';
import type { Command, CommandOf } from '../../core/commands.js';
import { Refusal } from '../../core/refusal.js';
import type { State } from '../../core/state.js';
import type { Body, Left, Preferred, ReportMark } from '../../core/task/events.js';

/** The frames that become commands of their own. */
export type ReportFrame = Extract<
  SidecarFrame,
  {
    type:
      | 'task.accept'
      | 'task.reject'
      | 'task.progress'
      | 'task.block'
      | 'task.answered'
      | 'task.complete'
      | 'task.fail'
      | 'task.stopped'
      | 'task.submit';
  }
>;

const LARGEST_TASK = LIMITS.frameBytes - LIMITS.assignmentBytes;
/** Characters of a prompt that fit however they are escaped, whatever else a task has at its limits. */
const SURELY_FITS = 8 * 1024;
/** What most tasks say, and nothing else. */
const USUAL: ReadonlySet<string> = new Set(['title', 'prompt', 'lane', 'needs']);

/** What a submission says beside the task. */
const NO_PART_OF_TASK: ReadonlySet<string> = new Set(['type', 'id', 'idempotencyKey', 'traceparent']);
/** Leaves out how far the output had come: it may have come further when a report is sent again. */
const NO_PART_OF_REPORT: ReadonlySet<string> = new Set(['id', 'outputSeq']);

/** SHA-256 over what was said, apart from the fields of `without`. */
export function digestOf(value: unknown, without?: ReadonlySet<string>): string {
  return hash('sha256', canonicalJson(value, without), 'base64url');
}

/**
 * At once when no text has to be stored apart. What every task is reported with is written out field by field: a spread with more fields
 * behind it takes microseconds.
 */
export function commandOf(
  frame: ReportFrame,
  from: FromConnection,
  bodies: BodyWriter,
): Command | Refusal | Promise<Command | Refusal> {
  const { org, agent, connection } = from;
  switch (frame.type) {
    case 'task.submit': {
      const { idempotencyKey, traceparent } = frame;
      const making = submitCommand(frame, org, `agent:${agent}`, idempotencyKey, bodies);
      if (traceparent === undefined) return making;
      return whenReady(making, (made) => (made instanceof Refusal ? made : { ...made, traceparent }));
    }
    case 'task.accept':
      return { org, agent, connection, type: frame.type, task: frame.task, generation: frame.generation };
    case 'task.progress': {
      const { id: _id, seq, ...rest } = frame;
      return { ...from, ...rest, report: markOf(frame, seq) };
    }
    case 'task.block': {
      const { id: _id, seq, type, task, generation, ...question } = frame;
      return { ...from, type, task, generation, question, report: markOf(frame, seq) };
    }
    case 'task.complete': {
      const { type, task, generation, usage, session } = frame;
      const report = markOf(frame, frame.seq);
      return whenReady(bodies.storeResult(frame.result), (result) => ({
        org,
        agent,
        connection,
        type,
        task,
        generation,
        report,
        result,
        usage,
        session,
      }));
    }
    case 'task.fail': {
      const { type, task, generation, error, usage, session, resetsAt } = frame;
      return {
        ...from,
        ...{ type, task, generation, error, report: markOf(frame, frame.seq), usage, session },
        ...(resetsAt !== undefined && { resetsAt: Date.parse(resetsAt) }),
        ...leftOf(frame),
      };
    }
    case 'task.stopped': {
      const { type, task, generation, usage, session, limited } = frame;
      const said = { type, task, generation, usage, session, ...leftOf(frame) };
      return { ...from, ...said, ...(limited !== undefined && { limited }) };
    }
    default: {
      const { id: _id, ...rest } = frame;
      return { ...from, ...rest };
    }
  }
}

function leftOf({ salvageRef, branch, pullRequest }: Left): { left?: Left } {
  const left = {
    ...(salvageRef !== undefined && { salvageRef }),
    ...(branch !== undefined && { branch }),
    ...(pullRequest !== undefined && { pullRequest }),
  };
  return Object.keys(left).length === 0 ? {} : { left };
}

function surelyFits({ prompt, data }: { readonly prompt: string; readonly data?: unknown }): boolean {
  return prompt.length <= SURELY_FITS && data === undefined;
}

/** Of a task that would not fit in the frame that assigns it; `dataBytes` is what it has besides. */
export function tooLargeTask(
  spec: { readonly prompt: string; readonly data?: unknown },
  dataBytes = 0,
): Refusal | undefined {
  const bytes = surelyFits(spec) && dataBytes === 0 ? 0 : Buffer.byteLength(JSON.stringify(spec)) + dataBytes;
  if (bytes <= LARGEST_TASK) return undefined;
  const message = `the task has ${bytes} bytes as JSON; at most ${LARGEST_TASK} are allowed`;
  return new Refusal('task.too_large', message, [{ path: '', message }]);
}

export function helloCommand(
  { agent: said, instance, machine, holding, unfit }: SidecarFrameOf<'hello'>,
  { org, agent }: { org: string; agent: string },
  connection: string,
): CommandOf<'agent.hello'> {
  const { capabilities, version, host, os } = said;
  const held = holding === undefined ? {} : { holding: { task: holding.task, generation: holding.generation } };
  const on = { ...(machine !== undefined && { machine }), ...(unfit !== undefined && { unfit }) };
  return { type: 'agent.hello', org, agent, connection, instance, ...on, capabilities, version, host, os, ...held };
}

/** Undefined when it is known already: heartbeats are many, and what they say of the machine is seldom new. */
export function fitnessCommand(
  state: State,
  { who, connection }: { readonly who: { org: string; agent: string }; readonly connection: string },
  unfit: Unfit | undefined,
): CommandOf<'agent.fitness'> | undefined {
  const agent = state.agents.get(agentKey(who.org, who.agent));
  if (isSameUnfit(agent?.unfit, unfit)) return undefined;
  return { type: 'agent.fitness', ...who, connection, ...(unfit !== undefined && { unfit }) };
}

/** The body of a request, or a frame, which says more than the task. */
type Submitted = TaskSpec | SidecarFrameOf<'task.submit'>;

/** At once when no text has to be stored apart. */
export function submitCommand(
  submitted: Submitted,
  org: string,
  by: string,
  idempotencyKey: string | undefined,
  bodies: BodyWriter,
): CommandOf<'task.submit'> | Refusal | Promise<CommandOf<'task.submit'>> {
  const { prompt, data } = submitted;
  const refusal = surelyFits(submitted) ? undefined : tooLargeTask(specOf(submitted));
  if (refusal !== undefined) return refusal;
  const idempotency =
    idempotencyKey === undefined ? undefined : { key: idempotencyKey, digest: digestOf(submitted, NO_PART_OF_TASK) };
  return whenReady(bodies.store(prompt), (stored) =>
    whenReady(data === undefined ? undefined : bodies.store(JSON.stringify(data)), (storedData) => ({
      type: 'task.submit' as const,
      org,
      by,
      spec: storedSpec(submitted, stored, storedData),
      idempotency,
    })),
  );
}

function specOf(submitted: Submitted): TaskSpec {
  if (!('type' in submitted)) return submitted;
  const { type: _type, id: _id, idempotencyKey: _key, traceparent: _traceparent, ...spec } = submitted;
  return spec;
}

function storedSpec(submitted: Submitted, prompt: Body, data: Body | undefined): CommandOf<'task.submit'>['spec'] {
  const { title, lane, needs } = submitted;
  const spec = { title, prompt, lane: lane ?? 'normal', needs: inOrder(needs) };
  if (!asksMore(submitted)) return spec;
  const {
    runTimeoutSeconds,
    notBefore,
    repo,
    runner,
    model,
    prompt: _prompt,
    data: _data,
    ...asked
  } = specOf(submitted);
  return {
    ...asked,
    ...spec,
    ...(repo !== undefined && { repo: { ...repo, url: inUsualCase(repo.url) } }),
    ...(runner !== undefined && { runner: inPreference(runner) }),
    ...(model !== undefined && { model: inPreference(model) }),
    ...(data !== undefined && { data }),
    ...(runTimeoutSeconds !== undefined && { runTimeoutMs: runTimeoutSeconds * 1000 }),
    ...(notBefore !== undefined && { notBefore: Date.parse(notBefore) }),
  };
}

/** Whether it says more of the task than its title, its prompt, its lane and what it needs. */
function asksMore(submitted: Submitted): boolean {
  for (const name in submitted) if (!NO_PART_OF_TASK.has(name) && !USUAL.has(name)) return true;
  return false;
}

/** A list of one is that one. */
export function inPreference(names: Preferred): Preferred {
  const [first, ...rest] = typeof names === 'string' ? [names] : names;
  return first !== undefined && rest.length === 0 ? first : names;
}

/** Sorted and without repeats. */
export function inOrder(needs: TaskSpec['needs'] = []): readonly string[] {
  return needs.length < 2 ? needs : [...new Set(needs)].sort();
}

function markOf(frame: ReportFrame, seq: number): ReportMark {
  return { seq, digest: digestOf(frame, NO_PART_OF_REPORT) };
}
