// What each list can be asked for: one table, from which queries are read, completed and explained.

import {
  AGENT_STATES,
  ALERT_STATES,
  DEATH_CAUSES,
  FAILURE_CLASSES,
  LANES,
  LIVE_NEED_KINDS,
  RUNNERS,
  SCHEDULED_REASONS,
  TASK_STATES,
} from '../names.js';
import { SEVERITIES } from '../notification.js';

/**
 * `word`: one of `words`. `name`: the whole, where `*` stands for any text. `part`: any part, whatever its case. `label`: `name` or `name=value`. The
 * others are compared: `count`, `money` in units of a currency, `duration`, `since` with the time up to now, `time`. The last two take periods, too.
 */
export type KeyKind = 'word' | 'name' | 'part' | 'label' | 'count' | 'money' | 'duration' | 'since' | 'time';

export interface QueryKey {
  readonly kind: KeyKind;
  readonly help: string;
  /** All that it can be, of the kind `word`; usual ones, of the kind `name`. */
  readonly words?: readonly string[];
}

type Keys = Readonly<Record<string, QueryKey>>;

const YES: readonly string[] = ['yes', 'no'];

const ofTasks: Keys = {
  lane: { kind: 'word', help: 'lane', words: LANES },
  repo: { kind: 'part', help: 'part of the address of its repository' },
  agent: { kind: 'name', help: 'agent that holds it or had it last' },
  runner: { kind: 'name', help: 'runner that it asks for', words: RUNNERS },
  model: { kind: 'name', help: 'model that it asks for' },
  label: { kind: 'label', help: 'label, as name or name=value' },
  need: { kind: 'name', help: 'capability that it needs' },
  id: { kind: 'name', help: 'id, of which a * stands for any part' },
  by: { kind: 'name', help: 'who submitted it; me for yourself' },
  attempts: { kind: 'count', help: 'attempts used' },
  cost: { kind: 'money', help: 'what it has cost so far' },
  age: { kind: 'since', help: 'time since it was submitted' },
  created: { kind: 'time', help: 'when it was submitted' },
};

const ofErrors: Keys = {
  class: { kind: 'word', help: 'class of its last error', words: FAILURE_CLASSES },
  code: { kind: 'name', help: 'code of its last error' },
  cause: { kind: 'word', help: 'why it is dead', words: DEATH_CAUSES },
  group: { kind: 'name', help: 'group of dead letters that it belongs to' },
};

export const QUERY_KEYS = {
  tasks: {
    state: { kind: 'word', help: 'state', words: TASK_STATES },
    ...ofTasks,
    reason: { kind: 'word', help: 'why it is scheduled', words: SCHEDULED_REASONS },
    run: { kind: 'duration', help: 'how long its newest attempt runs or ran' },
    ended: { kind: 'time', help: 'when it ended' },
    pr: { kind: 'word', help: 'whether it has a pull request', words: YES },
    ...ofErrors,
    dead: { kind: 'since', help: 'time since it died' },
  },
  'dead-letters': {
    ...ofTasks,
    ...ofErrors,
    dead: { kind: 'since', help: 'time since it died' },
  },
  agents: {
    state: { kind: 'word', help: 'state', words: AGENT_STATES },
    is: {
      kind: 'word',
      help: 'how it is beside its state',
      words: ['connected', 'draining', 'halted', 'limited', 'unfit', 'unresponsive', 'outdated', 'banned'],
    },
    name: { kind: 'name', help: 'name, such as web-*' },
    capability: { kind: 'name', help: 'capability that it has' },
    version: { kind: 'name', help: 'version of its sidecar' },
    host: { kind: 'part', help: 'part of the name of its machine' },
    os: { kind: 'part', help: 'part of its operating system' },
    task: { kind: 'name', help: 'id of the task that it holds' },
    seen: { kind: 'since', help: 'time since it was last seen' },
    load: { kind: 'count', help: 'load of its machine' },
    failures: { kind: 'count', help: 'failures among its last 20 attempts' },
  },
  alerts: {
    state: { kind: 'word', help: 'state', words: ALERT_STATES },
    severity: { kind: 'word', help: 'severity', words: SEVERITIES },
    rule: { kind: 'name', help: 'rule' },
    is: { kind: 'word', help: 'what was done about it', words: ['acknowledged', 'silenced', 'muted', 'noise'] },
    subject: { kind: 'part', help: 'part of the name of what it is about' },
    count: { kind: 'count', help: 'how many it is about' },
    age: { kind: 'since', help: 'time since it began' },
  },
  'needs-you': {
    kind: { kind: 'word', help: 'kind', words: LIVE_NEED_KINDS },
    repo: { kind: 'part', help: 'part of the address of the repository' },
    agent: { kind: 'name', help: 'agent' },
    severity: { kind: 'word', help: 'severity of the alert', words: SEVERITIES },
    age: { kind: 'since', help: 'time since it waits' },
  },
} as const satisfies Readonly<Record<string, Keys>>;

export type QueryList = keyof typeof QUERY_KEYS;
export const QUERY_LISTS = Object.keys(QUERY_KEYS) as readonly QueryList[];

/** Undefined where the list has no such key. */
export function queryKey(list: QueryList, key: string): QueryKey | undefined {
  const keys: Keys = QUERY_KEYS[list];
  return Object.hasOwn(keys, key) ? keys[key] : undefined;
}

export function keysOf(list: QueryList): readonly string[] {
  return Object.keys(QUERY_KEYS[list]);
}
