// What a key does: the next state, and what the hub is asked for. Nothing is asked here.

import type { AlertView, LiveNeed } from '@agentcom/schemas';
import type { Action } from '@agentcom/schemas/names';
import { oneLine } from '../text.js';
import { allItems, type Item, SECTIONS, selectedItem, type TopState, withSelected } from './model.js';

/** `row` is what was selected; until it has been answered, nothing more is done with it. */
export type Effect =
  | { readonly kind: 'quit' }
  | { readonly kind: 'redraw' }
  | {
      readonly kind: 'answer';
      readonly row: string;
      readonly task: string;
      readonly questionId: string;
      readonly answer: string;
      readonly title: string;
    }
  | { readonly kind: 'requeue'; readonly row: string; readonly task: string; readonly title: string }
  | { readonly kind: 'acknowledge'; readonly row: string; readonly alert: string; readonly title: string }
  | { readonly kind: 'cancel'; readonly row: string; readonly task: string; readonly title: string };
export type Change = Exclude<Effect, { readonly kind: 'quit' | 'redraw' }>;

export interface Stepped {
  readonly state: TopState;
  readonly effect?: Effect;
}

const PAGE = 10;
/** As the hub takes it at most, in characters; what is longer is for `task answer`. */
const ANSWER_MAX = 4_000;

export function step(before: TopState, key: string): Stepped {
  if (key === 'ctrl-c') return { state: before, effect: { kind: 'quit' } };
  if (key === 'ctrl-l') return { state: before, effect: { kind: 'redraw' } };
  const state = before.notice?.tone === 'bad' ? { ...before, notice: undefined } : before;
  switch (state.mode.kind) {
    case 'list':
      return inList(state, key);
    case 'help':
      return { state: toList(state) };
    case 'answer':
      return inAnswer(state, state.mode, key);
    case 'cancel':
      return inCancel(state, state.mode, key);
  }
}

function inList(state: TopState, key: string): Stepped {
  const all = allItems(state);
  const at = state.selected?.index ?? 0;
  const to = (index: number): Stepped => ({
    state: withSelected(state, all, Math.max(0, Math.min(all.length - 1, index))),
  });
  switch (key) {
    case 'q':
      return { state, effect: { kind: 'quit' } };
    case '?':
      return { state: { ...state, mode: { kind: 'help' } } };
    case 'j':
    case 'down':
      return to(at + 1);
    case 'k':
    case 'up':
      return to(at - 1);
    case 'page-down':
      return to(at + PAGE);
    case 'page-up':
      return to(at - PAGE);
    case 'g':
    case 'home':
      return to(0);
    case 'G':
    case 'end':
      return to(all.length - 1);
    case 'tab':
      return to(sectionStart(all, at, 1));
    case 'shift-tab':
      return to(sectionStart(all, at, -1));
    default: {
      const item = selectedItem(state);
      return item === undefined ? { state } : onItem(state, item, key);
    }
  }
}

/** Where the next section that has rows begins, or the one before. */
function sectionStart(all: readonly Item[], at: number, direction: 1 | -1): number {
  const here = all[at]?.section;
  const there = SECTIONS.filter((section) => all.some((item) => item.section === section));
  const wanted = there[(there.indexOf(here ?? 'needs') + direction + there.length) % there.length];
  return all.findIndex(({ section }) => section === wanted);
}

function onItem(state: TopState, item: Item, key: string): Stepped {
  if (/^[1-9]$/.test(key)) return choose(state, item, Number(key));
  switch (key) {
    case 'a':
    case 'enter':
      return questionOf(item) === undefined && alertOf(item) !== undefined
        ? acknowledge(state, item)
        : typeAnswer(state, item, key);
    case 'A':
      return acknowledge(state, item);
    case 'r':
      return requeue(state, item);
    case 'c':
      return askToCancel(state, item);
    default:
      return { state };
  }
}

function questionOf(item: Item): (LiveNeed & { readonly task: string; readonly question: object }) | undefined {
  if (item.section !== 'needs' || item.row.question === undefined || item.row.task === undefined) return undefined;
  return item.row as ReturnType<typeof questionOf>;
}

function choose(state: TopState, item: Item, digit: number): Stepped {
  const need = questionOf(item);
  const answer = need?.question?.choices?.[digit - 1];
  if (need?.question === undefined) return { state };
  if (answer === undefined) return { state: saying(state, `There is no answer ${digit}. Press a to type one.`) };
  const { task, title, question } = need;
  const { questionId } = question;
  return change(state, 'tasks.answer', { kind: 'answer', row: item.id, task, questionId, answer, title });
}

function typeAnswer(state: TopState, item: Item, key: string): Stepped {
  const need = questionOf(item);
  if (need?.question === undefined)
    return { state: key === 'a' ? saying(state, 'Nothing to answer or acknowledge here.') : state };
  if (!state.may.has('tasks.answer')) return { state: saying(state, NOT_ALLOWED) };
  const { task, title, question } = need;
  return { state: { ...state, mode: { kind: 'answer', task, questionId: question.questionId, title, text: '' } } };
}

/** The alert that the row is, or that has the same cause. */
function alertOf(item: Item): AlertView | undefined {
  if (item.section === 'alerts') return item.row;
  return item.section === 'needs' ? item.row.alert : undefined;
}

function acknowledge(state: TopState, item: Item): Stepped {
  const alert = alertOf(item);
  if (alert === undefined) return { state: saying(state, 'No alert fires about this.') };
  const { id, rule, acknowledged } = alert;
  if (acknowledged !== undefined) return { state: saying(state, `${rule} is acknowledged already.`) };
  return change(state, 'alerts.change', { kind: 'acknowledge', row: item.id, alert: id, title: rule });
}

function requeue(state: TopState, item: Item): Stepped {
  const letters = item.section === 'needs' ? item.row.deadLetters : undefined;
  if (letters === undefined) return { state: saying(state, 'Only dead letters can be requeued.') };
  const { task, title } = letters.example;
  return change(state, 'deadLetters.change', { kind: 'requeue', row: item.id, task, title });
}

function askToCancel(state: TopState, item: Item): Stepped {
  const task = taskOf(item);
  if (task === undefined) return { state: saying(state, 'There is no task at work here to cancel.') };
  if (!state.may.has('tasks.change')) return { state: saying(state, NOT_ALLOWED) };
  const title = state.views.tasks?.rows.get(task)?.title ?? (item.section === 'needs' ? item.row.title : task);
  return { state: { ...state, mode: { kind: 'cancel', task, title } } };
}

/** What is at work on it, or asks. */
export function taskOf(item: Item): string | undefined {
  if (item.section === 'agents') return item.row.task;
  return item.section === 'needs' && item.row.kind === 'question' ? item.row.task : undefined;
}

function inCancel(
  state: TopState,
  { task, title }: Extract<TopState['mode'], { kind: 'cancel' }>,
  key: string,
): Stepped {
  if (key !== 'y' && key !== 'Y') return { state: toList(state) };
  const row = state.selected?.id ?? task;
  return change(toList(state), 'tasks.change', { kind: 'cancel', row, task, title });
}

function inAnswer(state: TopState, mode: Extract<TopState['mode'], { kind: 'answer' }>, key: string): Stepped {
  const { text, task, questionId, title } = mode;
  const typed = (next: string): Stepped => ({ state: { ...state, mode: { ...mode, text: next } } });
  switch (key) {
    case 'escape':
      return { state: toList(state) };
    case 'backspace':
      return typed([...text].slice(0, -1).join(''));
    case 'ctrl-u':
      return typed('');
    case 'enter': {
      const answer = text.trim();
      if (answer === '') return { state: toList(state) };
      const row = `question ${task}`;
      return change(toList(state), 'tasks.answer', { kind: 'answer', row, task, questionId, answer, title });
    }
    default:
      return [...key].length === 1 && text.length < ANSWER_MAX ? typed(text + key) : { state };
  }
}

const NOT_ALLOWED = 'Your role may not do this.';

/** Asks the hub for it, once. */
function change(state: TopState, action: Action, effect: Change): Stepped {
  if (!state.may.has(action)) return { state: saying(state, NOT_ALLOWED) };
  if (state.busy.has(effect.row)) return { state };
  return { state: { ...state, busy: new Set([...state.busy, effect.row]), notice: undefined }, effect };
}

const DONE: Readonly<Record<Change['kind'], string>> = {
  answer: 'Answered',
  requeue: 'Requeued',
  acknowledge: 'Acknowledged',
  cancel: 'Cancelled',
};
const SAID_MS = 6_000;

/** The hub has answered. */
export function settled(
  state: TopState,
  { row, kind, title }: Change,
  failure: string | undefined,
  now: number,
): TopState {
  const busy = new Set(state.busy);
  busy.delete(row);
  return {
    ...state,
    busy,
    notice:
      failure === undefined
        ? { text: `${DONE[kind]}: ${oneLine(title)}`, tone: 'good', until: now + SAID_MS }
        : { text: oneLine(failure), tone: 'bad' },
  };
}

function toList(state: TopState): TopState {
  return { ...state, mode: { kind: 'list' } };
}

function saying(state: TopState, text: string): TopState {
  return { ...state, notice: { text, tone: 'bad' } };
}
