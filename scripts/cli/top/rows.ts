// One row of each section, and what there is to say about the one that is selected.

import type { AlertView, LiveAgent, LiveNeed } from '@agentcom/schemas';
import { nameOfCaller } from '../callers.js';
import type { Colours } from '../output.js';
import { severityColour, statusText, whyText } from '../show-alert.js';
import { duration, oneLine } from '../text.js';
import type { Item, TopState } from './model.js';
import { type Cell, wrapped } from './segments.js';

/** Narrower than that, a row has what it cannot do without. */
const WIDE = 70;

export interface Look {
  readonly state: TopState;
  readonly colours: Colours;
  readonly columns: number;
  readonly now: number;
}

export function rowOf(item: Item, look: Look): readonly Cell[] {
  switch (item.section) {
    case 'needs':
      return needRow(item.row, look);
    case 'alerts':
      return alertRow(item.row, look);
    case 'agents':
      return agentRow(item.row, look);
  }
}

const KINDS: Readonly<Record<LiveNeed['kind'], string>> = {
  question: 'asks',
  'dead-letters': 'dead',
  unmatched: 'no agent',
  alert: 'alert',
  agent: 'agent',
  review: 'review',
};

function needRow(need: LiveNeed, { colours, columns, now }: Look): readonly Cell[] {
  const { kind, title, agent, why, deadLetters, since, severity } = need;
  const isGrave = kind === 'dead-letters' || severity === 'page';
  const colour = isGrave ? colours.red : kind === 'question' || kind === 'agent' ? colours.yellow : undefined;
  const said = kind === 'question' ? title : kind === 'review' ? title : `${title}: ${why}`;
  const about = severity === undefined ? said : `${severity}: ${said}`;
  const more = deadLetters !== undefined && deadLetters.count > 1 ? ` ×${deadLetters.count}` : '';
  return [
    { text: KINDS[kind] + more, width: 9, colour },
    { text: about },
    ...(columns >= WIDE ? [{ text: agent ?? '', width: 16, colour: colours.dim }] : []),
    { text: age(since, now), width: 7, colour: colours.dim },
  ];
}

function alertRow(alert: AlertView, { colours, columns, now }: Look): readonly Cell[] {
  const { severity, rule, since } = alert;
  const isTaken = statusText(alert) !== 'firing';
  return [
    { text: severity, width: 5, colour: isTaken ? colours.dim : severityColour(colours, alert) },
    { text: rule, width: columns >= WIDE ? 20 : 16, colour: isTaken ? colours.dim : undefined },
    { text: isTaken ? `${statusText(alert)}: ${whyText(alert, now)}` : whyText(alert, now) },
    { text: age(since, now), width: 7, colour: colours.dim },
  ];
}

function agentRow(agent: LiveAgent, { state, colours, columns }: Look): readonly Cell[] {
  const task = agent.task === undefined ? undefined : state.views.tasks?.rows.get(agent.task);
  const trouble = troubleOf(agent);
  const colour = {
    blocked: colours.yellow,
    working: colours.cyan,
    assigned: colours.cyan,
    idle: colours.green,
    offline: colours.dim,
  };
  const fraction = task?.progress?.fraction;
  return [
    { text: agent.name, width: columns >= WIDE ? 22 : 14 },
    { text: agent.state === 'blocked' ? 'asks' : agent.state, width: 8, colour: colour[agent.state] },
    {
      text: [trouble, task?.title ?? (agent.task === undefined ? undefined : `task ${agent.task}`)]
        .filter((one) => one !== undefined)
        .join('; '),
      colour: trouble === undefined ? undefined : colours.yellow,
    },
    ...(columns >= WIDE ? [{ text: fraction === undefined ? '' : `${Math.floor(fraction * 100)} %`, width: 5 }] : []),
  ];
}

function troubleOf({ unfit, unresponsive, draining, halts, conflict }: LiveAgent): string | undefined {
  if (unfit !== undefined) return `held back: ${unfit.message}`;
  if (conflict !== undefined) return `its key is in use on ${conflict.host}, too`;
  if (unresponsive) return 'ignored its last offer';
  if (draining) return 'draining';
  return halts === undefined || halts.length === 0 ? undefined : `halted: ${halts[0]?.reason}`;
}

/** `3 min`: how long ago, in the largest unit. */
function age(since: string, now: number): string {
  const ms = now - Date.parse(since);
  return Number.isNaN(ms)
    ? ''
    : duration(Math.max(0, Math.floor(ms / 1_000) * 1_000)).replace(/^([\d.]+ \w+) .*/, '$1');
}

/** In at most so many lines. */
export function detailOf(item: Item, look: Look, lines: number): readonly string[] {
  const texts = textsOf(item, look);
  const all: string[] = [];
  for (const [i, text] of texts.entries()) {
    const left = lines - all.length;
    if (left <= 0) break;
    // Every later text gets a line, if there is one.
    all.push(...wrapped(text, look.columns, Math.max(1, left - (texts.length - 1 - i))));
  }
  return all.slice(0, lines);
}

function textsOf(item: Item, { state, now }: Look): readonly string[] {
  switch (item.section) {
    case 'needs': {
      const { question, why, next, until, deadLetters, pullRequest, alert } = item.row;
      const fires = alert && `${alert.rule} fires: ${whyText(alert, now)}`;
      if (question !== undefined) {
        const choices = (question.choices ?? []).slice(0, 9).map((choice, i) => `${i + 1} ${oneLine(choice)}`);
        const left = until === undefined ? '' : ` (${age(new Date(now).toISOString(), Date.parse(until))} left)`;
        return [
          oneLine(question.question) + left,
          ...(choices.length === 0 ? ['Press a to type an answer.'] : choices),
          ...(fires === undefined ? [] : [fires]),
        ];
      }
      const like =
        deadLetters !== undefined && deadLetters.count > 1
          ? `${deadLetters.count} like it; the newest: ${oneLine(deadLetters.example.title)}`
          : undefined;
      return [why, like, fires, pullRequest, next].filter((text) => text !== undefined);
    }
    case 'alerts': {
      const { next, acknowledged } = item.row;
      const by =
        acknowledged === undefined
          ? undefined
          : `Acknowledged by ${oneLine(nameOfCaller(acknowledged))}${acknowledged.note === undefined ? '' : `: ${oneLine(acknowledged.note)}`}`;
      return [whyText(item.row, now), by, next].filter((text) => text !== undefined);
    }
    case 'agents': {
      const { host, version, capabilities, task, lastSeenAt } = item.row;
      const seen = lastSeenAt === undefined ? undefined : `seen ${age(lastSeenAt, now)} ago`;
      const work = task === undefined ? undefined : state.views.tasks?.rows.get(task);
      return [
        troubleOf(item.row),
        [host, version && `sidecar ${version}`, seen, capabilities.join(' ')].filter(Boolean).join(' · '),
        work?.progress?.note,
      ].filter((text) => text !== undefined);
    }
  }
}
