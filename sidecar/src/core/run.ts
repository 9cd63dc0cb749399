// Watches one turn: what its tool says becomes what is known of it, and what it may no longer do is found out. The clock that comes
// in is monotonic, ms.
//
//   runs ──said that it is done, asks, met a limit──► is to leave by itself ──time is up──► is ended
//     └──no activity, time or money used up, told to end────────────────────────────────────────▲
//
// An open tool call is activity for as long as it is open: what a silent build or test run needs, only the run timeout bounds.

import type { Question, Session, Usage } from '@agentcom/schemas';
import { clip, clipCodePoints } from '@agentcom/schemas/clip';
import { LIMITS } from '@agentcom/schemas/limits';
import { priceOf } from '@agentcom/schemas/prices';
import type { Counters, CutShort, Exit, ResumedSession } from './attempt.js';
import { costAtMost, growthOf, isBeyond, NOTHING, sessionTotal, usageBehindGateway, usageOf } from './budget-watch.js';
import type { RunProgress } from './job-model.js';
import type { RunEvent, RunHeard, RunPlan, RunState, RunStep } from './run-model.js';

const FINAL_TEXT_BYTES = LIMITS.summaryBytes;
/** More at once than any tool makes; the others are not followed. */
const OPEN_CALLS_MAX = 256;
const REFUSED_MAX = 16;
const CALL_CHARS = 200;
/** Must not look like an option when the session is resumed. */
const SESSION_ID = /^(?!\s*$|-)[^\p{Cc}]{1,128}$/u;
/** As the hub takes it. */
const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/;

export function beginRun(now: number): RunState {
  return {
    startedAt: now,
    lastActivityAt: now,
    openCalls: new Set(),
    calls: 0,
    refused: [],
    refusals: 0,
    progress: {},
    reading: null,
    final: null,
    signedOut: null,
    resetsAt: null,
    question: null,
    cut: null,
    leaveBy: null,
    isEnding: false,
  };
}

export function stepRun(plan: RunPlan, state: RunState, event: RunEvent, now: number): RunStep {
  switch (event.type) {
    case 'activity':
      return { state: { ...state, lastActivityAt: now }, effects: [] };
    case 'tick':
      return tick(plan, state, now);
    case 'stop':
      return end(state, event.reason);
    case 'heard':
      return hear(plan, state, event.heard, now);
  }
}

function tick(plan: RunPlan, state: RunState, now: number): RunStep {
  if (state.isEnding) return { state, effects: [] };
  if (state.leaveBy !== null) return now < state.leaveBy ? { state, effects: [] } : end(state, 'lingering');
  if (now - state.startedAt >= plan.timeoutMs) return end(state, 'timeout');
  return isInactive(plan, state, now) ? end(state, 'inactive') : { state, effects: [] };
}

function isInactive({ inactivityMs }: RunPlan, { openCalls, lastActivityAt }: RunState, now: number): boolean {
  return inactivityMs !== null && openCalls.size === 0 && now - lastActivityAt >= inactivityMs;
}

function hear(plan: RunPlan, state: RunState, heard: RunHeard, now: number): RunStep {
  switch (heard.type) {
    case 'session':
      return inSession(plan, state, heard);
    case 'progress': {
      const note = heard.note === undefined ? {} : { note: clipCodePoints(heard.note, LIMITS.noteChars) };
      const fraction = heard.fraction === undefined ? {} : { fraction: Math.min(Math.max(0, heard.fraction), 1) };
      return tell(state, { ...note, ...fraction });
    }
    case 'counters':
      return count(plan, { ...state, reading: heard });
    case 'limit':
      return {
        state: leaveSoon(plan, { ...state, cut: state.cut ?? 'limit', resetsAt: heard.resetsAt }, now),
        effects: [],
      };
    case 'question': {
      const cut = state.cut ?? 'asked';
      return { state: leaveSoon(plan, { ...state, cut, question: bounded(heard.question) }, now), effects: [] };
    }
    case 'call':
      return { state: called(state, heard), effects: [] };
    case 'refused': {
      const refused = [...state.refused, clipCodePoints(heard.call, CALL_CHARS)].slice(0, REFUSED_MAX);
      return { state: { ...state, refused, refusals: state.refusals + 1 }, effects: [] };
    }
    case 'final':
      return conclude(plan, state, heard, now);
    case 'signed out':
      return { state: { ...state, signedOut: heard.text }, effects: [] };
    case 'step':
      return goOn(state);
    case 'input':
      return { state, effects: state.isEnding ? [] : [{ do: 'write', text: heard.text }] };
  }
}

function called(state: RunState, { id, is }: Extract<RunHeard, { type: 'call' }>): RunState {
  const openCalls = new Set(state.openCalls);
  if (is === 'ended') {
    openCalls.delete(id);
    return { ...state, openCalls, calls: state.calls + 1 };
  }
  if (openCalls.size < OPEN_CALLS_MAX) openCalls.add(id);
  return { ...state, openCalls };
}

function conclude(
  plan: RunPlan,
  state: RunState,
  { ok, text }: Extract<RunHeard, { type: 'final' }>,
  now: number,
): RunStep {
  // How it takes its own end is no verdict on the work.
  if (state.isEnding && !ok) return { state, effects: [{ do: 'close input' }] };
  const final = { ok, text: clip(text, FINAL_TEXT_BYTES) };
  // It went on past the limit after all.
  const cut = ok && state.cut === 'limit' && !state.isEnding ? null : state.cut;
  // The last one counts: a tool may say it of a part of its work.
  const leaveBy = now + plan.finalGraceMs;
  // Told at once: it counts, should the supervisor itself not live to write down the end.
  const told = tell({ ...state, final, signedOut: null, cut, leaveBy }, {});
  return { state: told.state, effects: [{ do: 'close input' }, ...told.effects] };
}

/** What it said of its end was of a part of its work, as of a summary of a long session; or a limit was a short one. */
function goOn(state: RunState): RunStep {
  const isOver = state.leaveBy !== null && (state.cut === null || state.cut === 'limit');
  if (!isOver || state.isEnding) return { state, effects: [] };
  return tell({ ...state, cut: null, leaveBy: null, resetsAt: null, signedOut: null, final: null }, {});
}

function inSession(plan: RunPlan, state: RunState, { id, model }: Extract<RunHeard, { type: 'session' }>): RunStep {
  if (!SESSION_ID.test(id)) return { state, effects: [] };
  const known = model ?? state.progress.session?.model ?? plan.model ?? undefined;
  const session = { runner: plan.runner, id, ...(known !== undefined && MODEL.test(known) && { model: known }) };
  const told = tell(state, { session });
  const counted = count(plan, told.state);
  return {
    state: counted.state,
    effects: [...told.effects, ...counted.effects.filter((effect) => effect.do === 'end')],
  };
}

function count(plan: RunPlan, state: RunState): RunStep {
  const usage = usedBy(plan, state);
  if (usage === null) return { state, effects: [] };
  const told = tell(state, { usage });
  if (isUnlimited(plan.budget) || !isBeyond(plan.budget, { costMicros: mostItCost(plan, state), ...usage }))
    return told;
  // Past the budget counts for more than any other reason, and than work that is done.
  const ended = end({ ...told.state, cut: 'budget' }, 'budget');
  return { state: ended.state, effects: [...told.effects, ...ended.effects] };
}

function isUnlimited({ costMicros, tokens }: RunPlan['budget']): boolean {
  return costMicros === undefined && tokens === undefined;
}

function usedBy(plan: RunPlan, { reading, progress }: RunState): Usage | null {
  if (reading === null) return null;
  const model = progress.session?.model ?? plan.model;
  const growth = growthOf(reading, before(plan, progress.session));
  const { gatewayPrices, prices } = plan;
  return gatewayPrices === undefined
    ? usageOf(growth, reading.currency, priceOf(prices, model))
    : usageBehindGateway(growth, reading.currency, model, { gatewayPrices, prices });
}

function mostItCost(plan: RunPlan, { reading, progress }: RunState): number {
  return reading === null ? 0 : costAtMost(growthOf(reading, before(plan, progress.session)), plan.prices);
}

/** What the session had used before the turn; null when the tool began another one than it was to go on with. */
function before(plan: RunPlan, session: Session | undefined): Counters | null {
  if (plan.resume === null) return null;
  return session === undefined || session.id === plan.resume.session.id ? plan.resume.counters : null;
}

function tell(state: RunState, more: RunProgress): RunStep {
  const progress = { ...state.progress, ...more };
  return { state: { ...state, progress }, effects: [{ do: 'tell', progress }] };
}

/** Keeps the earliest time: a tool that tries again and again says so each time. */
function leaveSoon(plan: RunPlan, state: RunState, now: number): RunState {
  return { ...state, leaveBy: state.leaveBy ?? now + plan.finalGraceMs };
}

function end(state: RunState, reason: CutShort | null): RunStep {
  const cut = state.cut ?? reason;
  return { state: { ...state, cut, isEnding: true }, effects: state.isEnding ? [] : [{ do: 'end' }] };
}

/** A question that the hub takes. */
function bounded({ questionId, question, context, choices }: Question): Question {
  return {
    questionId,
    question: clip(question, LIMITS.questionBytes),
    ...(context !== undefined && context !== '' && { context: clip(context, LIMITS.contextBytes) }),
    ...(choices !== undefined && { choices: choices.slice(0, LIMITS.choices) }),
  };
}

/** The session with what it has used by now; null when the tool named none. */
export function sessionOf(plan: RunPlan, { progress: { session }, reading }: RunState): ResumedSession | null {
  if (session === undefined) return null;
  const known = before(plan, session);
  return { session, counters: reading === null ? (known ?? NOTHING) : sessionTotal(reading, known) };
}

/** How the turn ended, once its process has. */
export function exitOf(
  plan: RunPlan,
  state: RunState,
  process: Pick<Exit, 'code' | 'signal' | 'tail' | 'seconds' | 'notes'>,
): Exit {
  return {
    ...process,
    cut: state.cut,
    final: state.final,
    signedOut: state.signedOut === null ? null : { said: state.signedOut, remedy: plan.signInHint },
    resetsAt: state.resetsAt,
    usage: { ...usedBy(plan, state), seconds: process.seconds },
    session: sessionOf(plan, state),
    question: state.question,
    hasFinalEvent: plan.hasFinalEvent,
    calls: state.calls,
    refused: state.refused,
    refusals: state.refusals,
  };
}
