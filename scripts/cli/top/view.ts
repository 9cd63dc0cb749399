// The screen of `agentcom top` as lines, for a terminal of some size at some moment.

import type { LiveSpend } from '@agentcom/schemas';
import { LANES, LIMIT_SHARES, TASK_STATES } from '@agentcom/schemas/names';
import type { Colours } from '../output.js';
import { scopeText } from '../show-halt.js';
import { duration, oneLine } from '../text.js';
import { costsText, spentText } from '../usage-text.js';
import { type Item, itemsOf, SECTIONS, type Section, selectedItem, type TopState } from './model.js';
import { detailOf, type Look, rowOf } from './rows.js';
import { between, cells, painted, type Segment, wrapped } from './segments.js';
import { taskOf } from './step.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const MARK = 2;
const DETAIL_MAX = 7;
/** With fewer lines there is no room for more about the selected row. */
const DETAIL_FROM = 16;
const SMALL = 10;

const TITLES: Readonly<Record<Section, string>> = { needs: 'NEEDS YOU', alerts: 'ALERTS', agents: 'AGENTS' };
const NONE: Readonly<Record<Section, string>> = { needs: 'nothing', alerts: 'none fires', agents: 'none has joined' };

/** At most `rows` lines, none wider than `columns`. */
export function screenOf(state: TopState, size: Size, colours: Colours, now: number): string[] {
  const { columns, rows } = size;
  const look: Look = { state, colours, columns, now };
  const head = headOf(look).slice(0, rows < SMALL ? 1 : rows < DETAIL_FROM ? 3 : undefined);
  const foot = footOf(look);
  if (state.mode.kind === 'help') return [...fitted([...head, '', ...helpOf(look)], rows - 1), foot].slice(-rows);
  const below = belowOf(look, rows);
  const room = rows - head.length - below.length - 1;
  const body = sectionsOf(look, room);
  return fitted([...fitted([...head, ...body], rows - below.length - 1), ...below, foot], rows);
}

/** Exactly so many lines: what is too much is cut at the end, what lacks is empty. */
function fitted(lines: readonly string[], count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => lines[i] ?? '');
}

/** Everything, for somewhere that is no terminal, or to be looked at once. */
export function plainOf(state: TopState, columns: number, colours: Colours, now: number): string[] {
  const look: Look = { state: { ...state, selected: undefined }, colours, columns, now };
  const sections = SECTIONS.flatMap((section) => ['', ...sectionOf(look, section, Number.POSITIVE_INFINITY)]);
  return [...headOf(look), ...sections].map((line) => line.trimEnd());
}

function headOf({ state, colours, columns, now }: Look): string[] {
  const { overview } = state.views;
  const row = overview?.rows.get('overview');
  const { said } = state;
  const first = between(
    [
      ['agentcom top', colours.bold],
      `  ${oneLine(state.hub)}`,
      [said === undefined ? '' : `  ${said.role} ${oneLine(said.version)}`, colours.dim],
    ],
    statusOf({ state, colours, columns, now }),
    columns,
  );
  const line = (name: string, ...segments: readonly Segment[]): string =>
    painted([[name.padEnd(8), colours.dim], ...segments], columns);
  if (row === undefined) return [first, line('tasks', [overview?.refused ?? '…', colours.dim])];
  const { tasks, queued, agents, spend, halts = [] } = row;
  const counts = TASK_STATES.filter((one) => tasks[one] > 0 && one !== 'completed' && one !== 'cancelled').map(
    (one) => `${tasks[one]} ${one}`,
  );
  return [
    first,
    line('tasks', counts.length === 0 ? 'none open' : counts.join('  ')),
    line(
      'queue',
      ...LANES.flatMap((lane): Segment[] => [
        `${lane} `,
        [String(queued[lane]), queued[lane] > 0 ? colours.bold : colours.dim],
        '  ',
      ]),
    ),
    ...(agents === undefined
      ? []
      : [
          line(
            'agents',
            `${agents.working + agents.assigned} working  ${agents.idle} idle  ${agents.blocked} asking  ${agents.offline} offline`,
          ),
        ]),
    ...(spend === undefined ? [] : [line('today', ...spendOf(spend, colours))]),
    ...halts.slice(0, 2).map((halt) => line('halted', [`${scopeText(halt)}: ${oneLine(halt.reason)}`, colours.yellow])),
  ];
}

function spendOf({ today, todayUnknown = 0, todayLimit }: LiveSpend, colours: Colours): readonly Segment[] {
  const spent = spentText(today, todayUnknown) ?? 'nothing spent';
  if (todayLimit === undefined) return [spent];
  const used = today.find(({ currency }) => currency === todayLimit.currency)?.costMicros ?? 0;
  const share = todayLimit.costMicros === 0 ? 1 : used / todayLimit.costMicros;
  const colour = share >= LIMIT_SHARES.reached ? colours.red : share >= LIMIT_SHARES.warned ? colours.yellow : String;
  return [spent, ` of ${costsText([todayLimit])}  `, [`${Math.floor(share * 100)} %`, colour]];
}

function statusOf({ state, colours, now }: Look): readonly Segment[] {
  const clock: Segment = [`  ${new Date(now).toTimeString().slice(0, 8)}`, colours.dim];
  switch (state.connection) {
    case 'live':
      return [['live', colours.green], clock];
    case 'reconnecting':
      return [
        [
          `reconnecting, out of date for ${duration(Math.floor((now - (state.awaySince ?? now)) / 1_000) * 1_000)}`,
          colours.yellow,
        ],
        clock,
      ];
    default:
      return [['connecting…', colours.dim], clock];
  }
}

/** How many lines each of several gets of what there is: an equal part each, and what is left goes to `first`, then to the others in order. */
export function shared(room: number, wanted: readonly number[], first = 0): readonly number[] {
  const part = Math.max(0, Math.floor(room / wanted.length));
  const given = wanted.map((want) => Math.min(want, part));
  let left = Math.max(0, room) - given.reduce((sum, one) => sum + one, 0);
  for (const i of [first, ...wanted.keys()]) {
    const more = Math.min(left, (wanted[i] ?? 0) - (given[i] ?? 0));
    given[i] = (given[i] ?? 0) + more;
    left -= more;
  }
  return given;
}

function sectionsOf(look: Look, room: number): string[] {
  const { state } = look;
  const wanted = SECTIONS.map((section) => itemsOf(state, section).length);
  const spaced = room >= wanted.length * 4;
  const titles = SECTIONS.length * (spaced ? 2 : 1);
  const first = state.selected === undefined ? 0 : SECTIONS.indexOf(state.selected.section);
  const given = shared(room - titles, wanted, first);
  return SECTIONS.flatMap((section, i) => [...(spaced ? [''] : []), ...sectionOf(look, section, given[i] ?? 0)]);
}

function sectionOf(look: Look, section: Section, lines: number): string[] {
  const { state, colours, columns } = look;
  const items = itemsOf(state, section);
  const rows = state.views[section];
  const title: Segment = [TITLES[section], colours.bold];
  if (rows === undefined) return [painted([title, ['  …', colours.dim]], columns)];
  if (items.length === 0) return [painted([title, [`  ${rows.refused ?? NONE[section]}`, colours.dim]], columns)];
  const at = items.findIndex(({ id }) => state.selected?.section === section && state.selected.id === id);
  const from = at < lines ? 0 : at - lines + 1;
  const shown = items.slice(from, from + lines);
  const total = Math.max(rows.total ?? 0, items.length);
  const part =
    shown.length === total ? '' : `, ${shown.length === 0 ? 'none' : `${from + 1} to ${from + shown.length}`} shown`;
  return [
    painted([title, [`  ${total}${part}`, colours.dim]], columns),
    ...shown.map((item, i) => lineOf(look, item, from + i === at)),
  ];
}

function lineOf(look: Look, item: Item, isSelected: boolean): string {
  const { colours, columns, state } = look;
  const room = columns - MARK;
  const row = state.busy.has(item.id)
    ? rowOf(item, look).map((cell) => ({ ...cell, colour: colours.dim }))
    : rowOf(item, look);
  const text = painted(cells(isSelected ? row.map(({ colour: _, ...cell }) => cell) : row, room), room);
  return isSelected ? colours.inverse(painted([`> ${text}`, ' '.repeat(columns)], columns)) : `  ${text}`.trimEnd();
}

/** What is said about the selected row, or asked of the person. */
function belowOf(look: Look, rows: number): string[] {
  const { state, colours, columns } = look;
  const { mode } = state;
  const rule = colours.dim('─'.repeat(columns));
  if (mode.kind === 'answer') {
    const typed = wrapped(`${mode.text}▏`, columns, 3);
    return [rule, painted([['Answer to ', colours.bold], oneLine(mode.title)], columns), ...typed];
  }
  if (mode.kind === 'cancel') return [rule, painted([['Cancel ', colours.bold], `${oneLine(mode.title)}?`], columns)];
  const item = selectedItem(state);
  if (rows < DETAIL_FROM || item === undefined) return [];
  const lines = Math.min(DETAIL_MAX, Math.floor(rows / 4));
  return [rule, ...fitted(detailOf(item, look, lines), lines)];
}

function footOf({ state, colours, columns, now }: Look): string {
  const { mode, notice } = state;
  if (mode.kind === 'answer') return painted([['enter sends  esc leaves  ctrl-u clears', colours.dim]], columns);
  if (mode.kind === 'cancel') return painted([['y cancels it  any other key leaves it', colours.dim]], columns);
  if (mode.kind === 'help') return painted([['any key goes back', colours.dim]], columns);
  if (notice !== undefined && (notice.until === undefined || now < notice.until))
    return painted([[notice.text, notice.tone === 'good' ? colours.green : colours.red]], columns);
  return painted([[[...actionsOf(state), 'j k move', '? help', 'q quit'].join('  '), colours.dim]], columns);
}

/** What can be done with the selected row. */
function actionsOf(state: TopState): readonly string[] {
  const item = selectedItem(state);
  if (item === undefined) return [];
  const may = (action: Parameters<TopState['may']['has']>[0], text: string): string[] =>
    state.may.has(action) ? [text] : [];
  const cancel = taskOf(item) === undefined ? [] : may('tasks.change', 'c cancel');
  if (item.section === 'alerts')
    return item.row.acknowledged === undefined ? may('alerts.change', 'a acknowledge') : [];
  if (item.section === 'agents') return cancel;
  const about = item.row.alert;
  const choices = item.row.question?.choices?.length ?? 0;
  if (item.row.question !== undefined)
    return [
      ...may('tasks.answer', choices > 0 ? `1-${Math.min(9, choices)} answer  a type one` : 'a answer'),
      ...cancel,
      ...(about === undefined ? [] : may('alerts.change', `A acknowledge ${about.rule}`)),
    ];
  return [
    ...(item.row.deadLetters === undefined ? [] : may('deadLetters.change', 'r requeue')),
    ...(about === undefined ? [] : may('alerts.change', `a acknowledge ${about.rule}`)),
  ];
}

const HELP: readonly (readonly [string, string])[] = [
  ['j k ↓ ↑', 'select the next or previous row'],
  ['tab', 'go to the next part; shift-tab to the one before'],
  ['g G', 'go to the first or last row'],
  ['1 to 9', 'answer the selected question with that choice'],
  ['a, enter', 'type an answer; acknowledge the selected alert'],
  ['A', 'acknowledge the alert that fires about the selected row'],
  ['r', 'requeue the selected dead letter; of several like it, the newest'],
  ['c', 'cancel the task that asks, or that the selected agent works on'],
  ['ctrl-l', 'draw the screen anew'],
  ['q, ctrl-c', 'quit'],
];

function helpOf({ colours, columns }: Look): string[] {
  return HELP.map(([keys, what]) => painted([[keys.padEnd(12), colours.bold], what], columns));
}
