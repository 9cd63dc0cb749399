// What must always hold, one function for each promise of the design, and what follows from them for sidecars. Each throws BrokenPromise.
// Long because it is a list, a promise after the other.

import { agentKey } from '@agentcom/hub/core/agent/agent';
import type { Event } from '@agentcom/hub/core/events';
import { isHolding } from '@agentcom/hub/core/limit/limit';
import type { Refusal } from '@agentcom/hub/core/refusal';
import type { State } from '@agentcom/hub/core/state';
import type { ReportMark, TaskEvent } from '@agentcom/hub/core/task/events';
import { concerns } from '@agentcom/hub/core/task/hold-scope';
import { isAble, isLimited, isPassedOver, skillsOf } from '@agentcom/hub/core/task/skills';
import { isFinal, type Task } from '@agentcom/hub/core/task/task';
import { wantedOf } from '@agentcom/hub/core/task/wants';
import { isErrorCode, type SidecarFrameOf, type TaskState } from '@agentcom/schemas';
import type { Turn } from '@agentcom/sidecar/core/attempt';
import type { AlertLife } from './alerts.js';
import { BrokenPromise } from './broken-promise.js';
import { type Attempt, answerTo, fact, keyOf } from './facts.js';
import type { Ledger, Life } from './ledger.js';

type Change = Exclude<TaskEvent, { type: 'task.submitted' }>;
type TaskEventOf<T extends TaskEvent['type']> = Extract<TaskEvent, { type: T }>;

/** 1: a task that was confirmed is there at the end, and has ended. */
export function confirmedTasksHaveEnded(ledger: Ledger, state: State): void {
  for (const [key, id] of ledger.confirmed) {
    const task = state.tasks.get(id);
    if (task === undefined) throw new BrokenPromise('1', `task ${id}, confirmed for key ${key}, is lost`);
    if (task.state !== 'completed' && task.state !== 'cancelled' && task.state !== 'dead') {
      throw new BrokenPromise('1', `task ${id} has not ended: it is ${task.state}, held by ${task.agent}`);
    }
  }
}

/** 1: it ends once. */
export function finalStaysFinal(life: Life, event: Change): void {
  if (life.end !== 'completed' && life.end !== 'cancelled') return;
  if (event.type === 'task.archived' || isAfterwards(event)) return;
  throw new BrokenPromise('1', `${event.type} for task ${life.task}, which was ${life.end} already`);
}

/** What is said of an attempt that has ended, which changes nothing of its task. */
function isAfterwards({ type }: Change): boolean {
  return type === 'task.attempt_left' || type === 'task.attempt_used';
}

/** 2: a key has one task. */
export function oneTaskPerKey(ledger: Ledger, key: string, task: string, where: string): void {
  const known = ledger.confirmed.get(key);
  if (known !== undefined && known !== task) {
    throw new BrokenPromise('2', `key ${key} was confirmed for task ${known} and is task ${task} in ${where}`);
  }
}

/** 3: generations strictly grow, and an offer is made only while nobody holds the task. */
export function generationsGrow(life: Life, event: Change): void {
  if (event.type !== 'task.assigned') return;
  if (event.generation <= life.generation) {
    throw new BrokenPromise('3', `task ${life.task} went from generation ${life.generation} to ${event.generation}`);
  }
  if (life.holder !== null) {
    throw new BrokenPromise('3', `task ${life.task} went to ${event.agent} while ${life.holder} held it`);
  }
}

/** 3: a report that changed the task is one of the live generation, by the agent that accepted it. */
export function onlyTheLiveOneChanges(life: Life, event: Change): void {
  const report: ReportMark | undefined = 'report' in event ? event.report : undefined;
  if (report === undefined) return;
  const [agent, task, generation] = report.digest.split('|');
  const isLive =
    task === life.task && generation === `${life.generation}` && agent === life.holder && agent === life.taker;
  if (isLive) return;
  const live = `generation ${life.generation}, which ${life.holder ?? 'nobody'} holds`;
  throw new BrokenPromise(
    '3',
    `${event.type} of ${life.task} by report ${report.digest}, while the live one is ${live}`,
  );
}

/** 4: an agent holds at most one task, and both say the same. */
export function taskAndAgentAgree(state: State): void {
  const held = new Set<string>();
  for (const agent of state.agents.values()) {
    if (agent.task === undefined) continue;
    if (agent.stopping !== undefined)
      throw new BrokenPromise('4', `${agent.name} holds ${agent.task} while it stops ${agent.stopping.task}`);
    held.add(agent.task);
    const task = state.tasks.get(agent.task);
    if (task?.agent !== agent.name) {
      throw new BrokenPromise('4', `${agent.name} holds ${agent.task}, which is held by ${task?.agent ?? 'nobody'}`);
    }
  }
  for (const task of state.tasks.values()) {
    const isHeld = task.state === 'assigned' || task.state === 'working' || task.state === 'blocked';
    if (isHeld !== (task.agent !== undefined))
      throw new BrokenPromise('4', `task ${task.id} is ${task.state} and held by ${task.agent}`);
    if (
      isHeld &&
      (!held.has(task.id) || state.agents.get(agentKey(task.org, task.agent as string))?.task !== task.id)
    ) {
      throw new BrokenPromise('4', `task ${task.id} is held by ${task.agent}, which does not know`);
    }
  }
}

/** 5, and 1 for submits: what is confirmed is in the journal at that moment. */
export function storedBeforeConfirmed(ledger: Ledger, stored: string): void {
  if (!ledger.stored.has(stored)) throw new BrokenPromise('5', `confirmed, and not in the journal: ${stored}`);
}

/** 5: what is read is in the journal when it is answered, and nothing less than was there when it was asked. */
export function readIsTrue(
  id: string,
  seen: { readonly state: TaskState | null; readonly generation: number },
  generationBefore: number,
  life: Life | undefined,
): void {
  const { state, generation } = seen;
  if (life === undefined || state === null || generation < generationBefore) {
    throw new BrokenPromise('5', `task ${id} was read as of generation ${generation}, and was at ${generationBefore}`);
  }
  if (life.generation < generation || (isFinal(state) && life.end !== state)) {
    throw new BrokenPromise(
      '5',
      `task ${id} was read as ${state}, generation ${generation}, before the journal had it`,
    );
  }
}

/** 5: a sidecar drops a final report only when the journal has it, or the hub said that it no longer counts. */
export function keptUntilConfirmed(
  ledger: Ledger,
  agent: string,
  attempt: Attempt,
  report: string,
  isRefused: boolean,
): void {
  if (isRefused || ledger.stored.has(report)) return;
  throw new BrokenPromise('5', `${agent} forgot ${keyOf(attempt)} before its report was confirmed`);
}

/** 3: of all the connections with the key of an agent, the newest that was welcomed reports, and no other. */
export function onlyTheNewestReports({ connections, saidOn }: Ledger, { holder, task }: Life, event: Change): void {
  if (!('report' in event) || event.report === undefined || holder === null) return;
  const newest = connections.get(holder);
  if (newest !== undefined && saidOn.get(event.report.digest)?.has(newest) === true) return;
  throw new BrokenPromise(
    'one instance',
    `${event.type} of task ${task} counts, and the connection of ${holder} did not say it`,
  );
}

/** 6: a dead letter has the error of every attempt. */
export function deadWithWholeHistory(life: Life, state: State): void {
  const task = state.tasks.get(life.task);
  if (task === undefined || task.state !== 'dead') return;
  const errors = (task.attemptLog ?? []).flatMap(({ error }) => (error === undefined ? [] : [error.code]));
  if (errors.join() !== life.errors.join()) {
    throw new BrokenPromise('6', `task ${task.id} died with errors [${errors.join()}] of [${life.errors.join()}]`);
  }
  if (task.death === undefined) throw new BrokenPromise('6', `task ${task.id} is dead without a cause`);
}

/** 6: and nobody but an operator takes it out. */
export function onlyOperatorsEmptyDeadLetters(life: Life, event: Change, asked: ReadonlySet<string>): void {
  // A dead letter that is moved waits in that lane once it is requeued.
  if (life.end !== 'dead' || isAfterwards(event) || event.type === 'task.moved') return;
  const isAsked = ['retry', 'requeue', 'discard', 'cancel'].some((verb) => asked.has(`${verb} ${life.task}`));
  const takesOut = event.type === 'task.requeued' || event.type === 'task.cancelled';
  if (!takesOut || !isAsked)
    throw new BrokenPromise('6', `${event.type} took ${life.task} out of the dead letters unasked`);
}

/** 6: a dead letter that comes back is one that was requeued, of which nobody has heard since, and somebody wants it back. */
export function onlyUndoneWhenAsked(life: Life, asked: ReadonlySet<string>): void {
  if (asked.has(`undo ${life.task}`) && life.dead !== null && life.holder === null) return;
  throw new BrokenPromise('6', `${life.task} went back to the dead letters unasked`);
}

/** The attempts that count are those whose errors count, and a resumed one never failed. */
export function attemptsAddUp(life: Life, task: Task): void {
  if (task.attempts === life.counted && task.attempts >= 0) return;
  throw new BrokenPromise('attempts', `task ${task.id} counts ${task.attempts} attempts, its events ${life.counted}`);
}

/** 7: two ways to the same journal sequence lead to the same state. */
export function sameState(what: string, dump: readonly string[], other: readonly string[]): void {
  for (let i = 0; i < Math.max(dump.length, other.length); i++) {
    if (dump[i] !== other[i]) throw new BrokenPromise('7', `${what}:\n  ${dump[i]}\n  ${other[i]}`);
  }
}

/** 8: a refused command has changed nothing, and its error is in the catalogue. */
export function refusedChangesNothing(
  refusal: Pick<Refusal, 'code'>,
  before: readonly string[],
  after: readonly string[],
): void {
  if (!isErrorCode(refusal.code)) throw new BrokenPromise('8', `${refusal.code} is not in the catalogue`);
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    if (before[i] !== after[i])
      throw new BrokenPromise('8', `${refusal.code} changed\n  ${before[i]} to\n  ${after[i]}`);
  }
}

/** Nobody is told what the journal does not have. */
export function toldIsStored(ledger: Ledger, notification: string): void {
  if (ledger.raised.has(notification)) return;
  throw new BrokenPromise('told', `notification ${notification} is told, and not in the journal`);
}

/** What leaves the state is in the outbox. */
export function queuedIsKept(kept: ReadonlySet<string>, notification: string): void {
  if (kept.has(notification)) return;
  throw new BrokenPromise('told', `notification ${notification} counts as told, and the outbox does not have it`);
}

/** In the end each is in the outbox, or a newer one of its group took its place before anybody was told. */
export function everybodyIsTold({ raised }: Ledger, kept: ReadonlySet<string>): void {
  const newest = new Map([...raised].map(([id, group]) => [group, id]));
  for (const [group, id] of newest) {
    if (!kept.has(id)) throw new BrokenPromise('told', `the newest of ${group}, ${id}, never came to the outbox`);
  }
}

/** A turn is begun once, by one agent. */
export function runsOnce(ledger: Ledger, agent: string, turn: string): void {
  const before = ledger.runs.get(turn);
  if (before === undefined) return;
  throw new BrokenPromise('runs once', `${agent} begins ${turn}, which ${before} began before`);
}

/** An agent is told only answers that the journal has, and each once; one that begins without a session is told all of them. */
export function toldOnce(ledger: Ledger, attempt: Attempt, { number, prompt, resume }: Turn): void {
  const turn = `turn ${number} of ${keyOf(attempt)}`;
  for (const [, id = ''] of prompt.matchAll(/told (\S+)\./g)) {
    if (ledger.stored.has(fact('answered', attempt.task, id))) continue;
    throw new BrokenPromise('answers', `${turn} is told an answer to ${id}, which the journal does not have`);
  }
  const asked = [...(ledger.questions.get(keyOf(attempt)) ?? [])];
  for (const [at, [id, toldIn]] of asked.entries()) {
    const isTold = prompt.includes(answerTo(id));
    const isDue = resume === null || (at === asked.length - 1 && toldIn === null);
    if (isTold === isDue) continue;
    throw new BrokenPromise('answers', `${turn} is ${isTold ? '' : 'not '}told the answer to ${id}`);
  }
}

/** A question that was kept is never lost: what completes has heard every answer. */
export function answersReachTheAgent(ledger: Ledger, { task, generation }: Life): void {
  for (const [id, toldIn] of ledger.questions.get(keyOf({ task, generation })) ?? []) {
    if (toldIn === null) throw new BrokenPromise('answers', `task ${task} is complete, and ${id} was never answered`);
  }
}

/** An answer is not sent again once it is confirmed, so it is on the sidecar's disk by then. */
export function confirmedAnswersAreKept(ledger: Ledger, questionId: string): void {
  if (ledger.answersKept.has(questionId)) return;
  throw new BrokenPromise('answers', `the answer to ${questionId} is confirmed, and no sidecar has kept it`);
}

/** What the agent handed in, and was told was kept, is the result, unless it has handed in something since. */
export function resultIsTheAgents(
  ledger: Ledger,
  { task, generation }: Life,
  event: TaskEventOf<'task.completed'>,
): void {
  const submitted = ledger.submitted.get(keyOf({ task, generation }));
  if (submitted === undefined || submitted.has(String(event.result.summary))) return;
  throw new BrokenPromise(
    'result',
    `task ${task} is complete with ${event.result.summary}, and ${[...submitted].join(', ')} was handed in`,
  );
}

/** What an attempt is billed is what its turns have used, each once, but never less than was said before. */
export function usageAddsUp(ledger: Ledger, { task, generation }: Life, event: Change): void {
  const said = ledger.said.get(keyOf({ task, generation })) ?? 0;
  if (event.type === 'task.progressed') {
    const tokens = event.usage?.inputTokens ?? said;
    if (tokens < said) throw new BrokenPromise('usage', `task ${task} had used ${said} tokens, and then ${tokens}`);
    ledger.said.set(keyOf({ task, generation }), tokens);
  }
  const isFinal = event.type === 'task.completed' || event.type === 'task.attempt_failed';
  if (!isFinal || event.report === undefined) return;
  let used = 0;
  for (const tokens of ledger.used.get(keyOf({ task, generation }))?.values() ?? []) used += tokens;
  const billed = event.usage?.inputTokens ?? said;
  if (billed !== Math.max(used, said))
    throw new BrokenPromise('usage', `task ${task} is billed ${billed} tokens and has used ${used}`);
}

/** What each attempt has said last that it used is what the ledger of costs has in all, in whichever row. */
export function costsAddUp({ billed }: Ledger, state: State): void {
  let said = 0;
  for (const tokens of billed.values()) said += tokens;
  let booked = 0;
  for (const [, org] of state.ledger.orgs())
    for (const [, rows] of org.days()) for (const { inputTokens } of rows) booked += inputTokens;
  if (booked !== said)
    throw new BrokenPromise('costs', `attempts have used ${said} tokens, and the ledger has ${booked}`);
}

/** Nothing is pushed before it is verified, and no request is opened for what is not pushed. */
export function worksInOrder(isInOrder: boolean, otherwise: string): void {
  if (!isInOrder) throw new BrokenPromise('order', otherwise);
}

/** In the end only the attempt that completed a task has an open request. `held`: attempts whose sidecars did not come to tidy up. */
export function oneRequest(ledger: Ledger, held: ReadonlySet<string>): void {
  for (const key of ledger.requests) {
    const [task = '', generation] = key.split('#');
    const life = ledger.lives.get(task);
    if (held.has(key) || (life?.end === 'completed' && life.generation === Number(generation))) continue;
    throw new BrokenPromise(
      'request',
      `the request of ${key} is open, and the task is ${life?.end} by ${life?.generation}`,
    );
  }
}

/** An attempt names what it left once its sidecar may forget it, however late that was said. What reported has said it then. */
export function leftIsNamed(agent: string, stopped: SidecarFrameOf<'task.stopped'>, task: Task | undefined): void {
  const attempt = task?.attemptLog?.find(({ generation }) => generation === stopped.generation);
  if (attempt?.agent !== agent || attempt.reported) return;
  for (const part of ['salvageRef', 'branch', 'pullRequest'] as const) {
    if (stopped[part] === undefined || attempt.left?.[part] === stopped[part]) continue;
    throw new BrokenPromise('left', `${keyOf(stopped)} left ${stopped[part]}, and does not name it`);
  }
}

/** No task is offered to an agent while an urgent one waits that it could take. `state` is the one before the offer. */
export function urgentIsNext(state: State, event: Event, at: number): void {
  if (event.type !== 'task.assigned') return;
  const given = state.tasks.get(event.task);
  const agent = state.agents.get(agentKey(given?.org ?? '', event.agent));
  if (given === undefined || agent === undefined || given.spec.lane === 'urgent') return;
  for (const task of state.taskIndex.all('queued')) {
    if (task.spec.lane !== 'urgent' || task.org !== given.org || !isAble(wantedOf(task), agent)) continue;
    if (isLimited(wantedOf(task), skillsOf(agent)) || isPassedOver(task, agent.name, at)) continue;
    if (state.halts.of(task.org).some((halt) => concerns(halt, task, agent))) continue;
    if (state.limits.of(task.org).some((limit) => isHolding(limit) && concerns(limit, task, agent))) continue;
    // Of several runners that it names, it waits for the first that is open, which another agent may have.
    if (wantedOf(task).routes !== undefined) continue;
    throw new BrokenPromise('urgent', `${agent.name} gets ${given.id} (${given.spec.lane}) while ${task.id} waits`);
  }
}

/** Of several runners that a task names it is offered with one of them. */
export function onlyWhatIsNamed({ task, preferred }: Life, choice: { readonly runner?: string } | undefined): void {
  if (preferred.length === 0 || preferred.includes(choice?.runner ?? '')) return;
  throw new BrokenPromise(
    'routes',
    `task ${task} is offered with ${choice?.runner}, and names ${preferred.join(', ')}`,
  );
}

/** No agent gets what its invitation excludes, whatever it offers. */
export function withinBounds({ bounds }: Ledger, { task, repo, runner, holder }: Life): void {
  const bound = bounds.get(holder ?? '');
  const isRepo = bound?.repos === undefined || (repo !== undefined && bound.repos.includes(repo));
  const isRunner = bound?.runners === undefined || runner === undefined || bound.runners.includes(runner);
  if (isRepo && isRunner) return;
  throw new BrokenPromise(
    'bounds',
    `${holder} gets ${task} (${repo}, ${runner}), and is bound to ${JSON.stringify(bound)}`,
  );
}

/** A hub gives up what a sidecar holds only when somebody else may have the task, a halt or a limit stops it, or the task has ended. */
export function liveWorkIsKept(agent: string, attempt: Attempt, state: State): void {
  const task = state.tasks.get(attempt.task);
  if (task === undefined || task.generation !== attempt.generation) return;
  const last = task.attemptLog?.at(-1);
  const holder = state.agents.get(agentKey(task.org, agent));
  const stopping = [
    ...state.halts.of(task.org).filter(({ strength }) => strength === 'running'),
    ...state.limits.of(task.org).filter(({ level }) => level === 'reached'),
  ];
  const isStopped = stopping.some((one) => holder !== undefined && concerns(one, task, holder));
  const isLost = last?.generation === attempt.generation && last.agent === agent && last.lostWhile !== undefined;
  const mayGoOn = isLost && !isStopped;
  if (task.agent === agent || (mayGoOn && (task.state === 'queued' || task.state === 'scheduled'))) {
    throw new BrokenPromise('work', `${agent} is told to drop ${keyOf(attempt)} while the task is ${task.state}`);
  }
}

/** A sidecar gives finished work up only when its attempt is no longer the live one. */
export function finishedWorkIsKept(agent: string, attempt: Attempt, life: Life | undefined): void {
  if (life?.holder !== agent || life.generation !== attempt.generation) return;
  throw new BrokenPromise('work', `${agent} throws away finished ${keyOf(attempt)}`);
}

/** People are told of a change once: that it fires, that it is over, and in between no sooner than 5 minutes or when it becomes worse. */
export function alertTold({ rule, told, toldAt }: AlertLife, reason: string, at: number): void {
  const last = told.at(-1);
  const isOnce =
    reason === 'fired'
      ? last === undefined
      : last !== undefined &&
        last !== 'resolved' &&
        (reason === 'resolved' || reason === 'worse' || at - toldAt >= 300_000);
  if (!isOnce) throw new BrokenPromise('alerts', `${rule} is told as ${reason} after ${told.join(', ') || 'nothing'}`);
}

/** Whatever is asked of a hub that goes on running is answered. */
export function answeredInTime(what: string, waitedSeconds: number): void {
  if (waitedSeconds > ANSWER_SECONDS_MAX)
    throw new BrokenPromise('answer', `${what} is not answered after ${waitedSeconds} s`);
}

/** An unknown outcome may take this long, with the journal's server away. */
const ANSWER_SECONDS_MAX = 30;
