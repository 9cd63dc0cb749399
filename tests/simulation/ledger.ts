// What was seen during a run, at the places where promises are made: what the journal stored, what the hub confirmed, what sidecars ran,
// finished and forgot. It knows a task's life from the journal's events alone and shares no code with the core.

import type { StoredBatch } from '@agentcom/hub/coordinator/ports';
import type { Event } from '@agentcom/hub/core/events';
import type { State } from '@agentcom/hub/core/state';
import type { TaskEvent } from '@agentcom/hub/core/task/events';
import type { Turn } from '@agentcom/sidecar/core/attempt';
import { AlertLedger } from './alerts.js';
import type { Bound } from './bounds.js';
import { type Attempt, answerTo, fact, keyOf } from './facts.js';
import { HaltLedger } from './halts.js';
import { LimitLedger } from './limits.js';
import {
  answersReachTheAgent,
  attemptsAddUp,
  confirmedAnswersAreKept,
  costsAddUp,
  deadWithWholeHistory,
  finalStaysFinal,
  finishedWorkIsKept,
  generationsGrow,
  oneTaskPerKey,
  onlyOperatorsEmptyDeadLetters,
  onlyTheLiveOneChanges,
  onlyTheNewestReports,
  onlyUndoneWhenAsked,
  onlyWhatIsNamed,
  resultIsTheAgents,
  runsOnce,
  taskAndAgentAgree,
  toldOnce,
  usageAddsUp,
  withinBounds,
} from './promises.js';

/** A task as its events tell it. */
export interface Life {
  readonly task: string;
  readonly repo: string | undefined;
  /** That it names, or of several the one it was last offered with. */
  runner: string | undefined;
  /** Those that it names in order of preference; none where it names one at most. */
  readonly preferred: readonly string[];
  /** As `name=value`. */
  readonly label: string | undefined;
  generation: number;
  /** Who holds the newest generation, while it is live. */
  holder: string | null;
  /** Who accepted the newest generation, also when it is no longer live. */
  taker: string | null;
  end: 'completed' | 'cancelled' | 'dead' | null;
  /** The errors of all attempts that were not resumed, oldest first. */
  readonly errors: string[];
  counted: number;
  lastCounted: boolean;
  /** The two as they were when it was last taken out of the dead letters. */
  dead: { readonly counted: number; readonly lastCounted: boolean } | null;
}

export class Ledger {
  readonly lives = new Map<string, Life>();
  /** By agent. */
  readonly bounds = new Map<string, Bound>();
  /** Everything the journal holds that somebody may be told of, see `fact`. */
  readonly stored = new Set<string>();
  /** The task that a key was confirmed for. */
  readonly confirmed = new Map<string, string>();
  /** What operators asked for, as `verb task`. */
  readonly asked = new Set<string>();
  /** Who began the agent's process for a turn of an attempt. */
  readonly runs = new Map<string, string>();
  /** By attempt: what its agent has asked and been told was kept, oldest first, and in which turn it was told the answer. */
  readonly questions = new Map<string, Map<string, number | null>>();
  /** Answers that a sidecar has on disk. */
  readonly answersKept = new Set<string>();
  /** By attempt: the summary its agent handed in and was told was kept, and those that it has handed in since. */
  readonly submitted = new Map<string, Set<string>>();
  /** By report: the connections that said it. */
  readonly saidOn = new Map<string, Set<string>>();
  /** By agent: its connection, as the journal has it. */
  readonly connections = new Map<string, string>();
  /** By attempt: what each turn has used. */
  readonly used = new Map<string, Map<number, number>>();
  /** By attempt: the most that progress has said it has used. */
  readonly said = new Map<string, number>();
  /** By attempt: what the journal has of its use last. */
  readonly billed = new Map<string, number>();
  /** Generations whose work came to a result that the sidecar has kept. */
  readonly finished = new Set<string>();
  /** Attempts whose requests are open at the forge. */
  readonly requests = new Set<string>();
  readonly halts = new HaltLedger();
  readonly limits = new LimitLedger();
  /** By agent: the runners that it offers. */
  readonly #runners = new Map<string, ReadonlySet<string>>();
  readonly #alerts = new AlertLedger();
  /** The group of each notification that the journal has raised, oldest first. */
  readonly raised = new Map<string, string>();
  #died: string[] = [];

  /** An event was stored, and is about to be applied. */
  happened(event: Event, batch: StoredBatch): void {
    if (event.type === 'agent.connected') {
      this.connections.set(event.agent, event.connection);
      this.#runners.set(event.agent, runnersIn(event.capabilities));
    }
    this.halts.happened(event);
    this.limits.happened(event);
    if (event.type === 'agent.disconnected') this.connections.delete(event.agent);
    this.#alerts.happened(event, batch.at);
    if (event.type === 'notification.raised') this.raised.set(event.notification.id, event.notification.group);
    if (!event.type.startsWith('task.')) return;
    const change = event as TaskEvent;
    if (change.type === 'task.submitted') {
      const { task, idempotency } = change;
      this.lives.set(task, newLife(change));
      this.stored.add(fact('submitted', task));
      if (idempotency !== undefined) oneTaskPerKey(this, idempotency.key, task, `batch ${batch.head.seq}`);
      return;
    }
    const life = this.lives.get(change.task);
    if (life === undefined) throw new Error(`${change.type} for a task that was never submitted: ${change.task}`);
    finalStaysFinal(life, change);
    generationsGrow(life, change);
    onlyTheLiveOneChanges(life, change);
    onlyTheNewestReports(this, life, change);
    onlyOperatorsEmptyDeadLetters(life, change, this.asked);
    if (change.type === 'task.completed') {
      answersReachTheAgent(this, life);
      resultIsTheAgents(this, life, change);
    }
    usageAddsUp(this, life, change);
    if ('usage' in change && change.usage?.inputTokens !== undefined) {
      const generation = 'generation' in change ? change.generation : life.generation;
      this.billed.set(keyOf({ task: life.task, generation }), change.usage.inputTokens);
      this.limits.said(keyOf({ task: life.task, generation }), change.usage.inputTokens);
    }
    if (change.type === 'task.answer_confirmed') confirmedAnswersAreKept(this, change.questionId);
    this.#follow(life, change);
    if (change.type === 'task.assigned' || change.type === 'task.resumed') withinBounds(this, life);
    if (change.type === 'task.accepted') this.limits.accepted(life);
    if (change.type !== 'task.assigned') return;
    this.#underHalts(life);
    this.limits.offered(life, change.estimate?.tokens, this.lives.values());
  }

  /** A whole batch was applied. */
  checkTruth(state: State): void {
    taskAndAgentAgree(state);
    costsAddUp(this, state);
    for (const id of this.#died) deadWithWholeHistory(this.lives.get(id) as Life, state);
    this.#died = [];
    for (const task of state.tasks.values()) attemptsAddUp(this.lives.get(task.id) as Life, task);
    for (const life of this.lives.values()) {
      if (life.holder === null) continue;
      this.#underHalts(life);
      if (life.taker !== null) this.limits.runs(life);
    }
    this.limits.addUp(state);
  }

  confirm(key: string, task: string): void {
    oneTaskPerKey(this, key, task, 'an answer');
    this.confirmed.set(key, task);
  }

  /** The agent's own process begins. */
  turnBegins(agent: string, attempt: Attempt, turn: Turn): void {
    const key = keyOf(attempt);
    runsOnce(this, agent, `${key}/${turn.number}`);
    this.runs.set(`${key}/${turn.number}`, agent);
    toldOnce(this, attempt, turn);
    for (const id of this.questions.get(key)?.keys() ?? []) {
      if (turn.prompt.includes(answerTo(id))) this.questions.get(key)?.set(id, turn.number);
    }
  }

  turnEnds(attempt: Attempt, turn: number, tokens: number): void {
    const used = this.used.get(keyOf(attempt)) ?? new Map<number, number>();
    this.used.set(keyOf(attempt), used.set(turn, tokens));
  }

  heard(report: string, connection: string): void {
    const connections = this.saidOn.get(report) ?? new Set();
    this.saidOn.set(report, connections.add(connection));
  }

  asks(attempt: Attempt, questionId: string): void {
    const asked = this.questions.get(keyOf(attempt)) ?? new Map<string, number | null>();
    if (!asked.has(questionId)) this.questions.set(keyOf(attempt), asked.set(questionId, null));
  }

  workFinished(attempt: Attempt): void {
    this.finished.add(keyOf(attempt));
  }

  /** The sidecar no longer means to report what its agent finished. */
  workDropped(agent: string, attempt: Attempt): void {
    if (this.finished.has(keyOf(attempt))) finishedWorkIsKept(agent, attempt, this.lives.get(attempt.task));
  }

  #underHalts(life: Life): void {
    const runners = this.#runners.get(life.holder ?? '') ?? new Set();
    if (life.taker === null) this.halts.offered(life, runners);
    else this.halts.runs(life, runners);
  }

  #follow(life: Life, event: Exclude<TaskEvent, { type: 'task.submitted' }>): void {
    if ('report' in event && event.report !== undefined) this.stored.add(fact('report', event.report.digest));
    switch (event.type) {
      case 'task.assigned':
        life.generation = event.generation;
        life.holder = event.agent;
        life.taker = null;
        onlyWhatIsNamed(life, event.choice);
        if (event.choice !== undefined) life.runner = event.choice.runner;
        return;
      case 'task.accepted':
        life.taker = life.holder;
        this.stored.add(fact('accepted', event.task, life.generation));
        return;
      case 'task.offer_ended':
        this.stored.add(fact('offer_ended', event.task, life.generation));
        life.holder = null;
        if (event.to === 'dead') this.#dies(life);
        return;
      case 'task.halted':
      case 'task.limited':
        // A rejection that comes after it is confirmed, if the agent has rejected the task before.
        if (life.taker === null) this.stored.add(fact('offer_ended', event.task, life.generation));
        life.holder = null;
        return;
      case 'task.attempt_failed':
        life.holder = null;
        life.errors.push(event.error.code);
        life.lastCounted = event.counted;
        life.counted += Number(event.counted);
        if (event.next.state === 'dead') this.#dies(life);
        return;
      case 'task.resumed':
        life.holder = life.taker;
        life.errors.pop();
        life.counted -= Number(life.lastCounted);
        return;
      case 'task.requeued':
        life.dead = life.end === 'dead' ? { counted: life.counted, lastCounted: life.lastCounted } : null;
        life.end = null;
        life.counted = 0;
        life.lastCounted = false;
        return;
      case 'task.requeue_undone':
        onlyUndoneWhenAsked(life, this.asked);
        Object.assign(life, life.dead);
        return this.#dies(life);
      case 'task.completed':
      case 'task.cancelled':
        life.holder = null;
        life.end = event.type === 'task.completed' ? 'completed' : 'cancelled';
        this.stored.add(fact(life.end, event.task));
        return;
      case 'task.answered':
        this.stored.add(fact('answered', event.task, event.questionId));
        return;
    }
  }

  #dies(life: Life): void {
    life.end = 'dead';
    this.stored.add(fact('dead', life.task));
    this.#died.push(life.task);
  }
}

function newLife({ task, spec }: Extract<TaskEvent, { type: 'task.submitted' }>): Life {
  const nobody = { generation: 0, holder: null, taker: null, end: null };
  const [label] = Object.entries(spec.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  const { runner } = spec;
  const named = typeof runner === 'object' ? { runner: undefined, preferred: runner } : { runner, preferred: [] };
  const wants = { repo: spec.repo?.url, label, ...named };
  return { task, ...wants, ...nobody, errors: [], counted: 0, lastCounted: false, dead: null };
}

function runnersIn(capabilities: readonly string[]): ReadonlySet<string> {
  return new Set(capabilities.flatMap((name) => (name.startsWith('runner:') ? [name.slice('runner:'.length)] : [])));
}
