// What a live view is made of: where its rows come from, what changes them, and how they are looked at, one turn after the other.

import type { Health, LiveSystem, Stats, Storage, TaskView } from '@agentcom/schemas';
import type { View } from '../access/view.js';
import type { AgentSurroundings } from '../core/agent/view.js';
import type { DiskFigures } from '../core/alert/figures.js';
import type { Change } from '../core/change.js';
import type { UnfilledTask } from '../core/task/view.js';
import type { LinkSigns } from '../core/task/why-held.js';
import type { RowLog } from './row-log.js';

/** What changes are about, by the first word of their event. */
export type Topic = string;

/** What changed in one organisation since the last turn. */
export class Pending {
  readonly tasks = new Set<string>();
  readonly agents = new Set<string>();
  readonly topics = new Set<Topic>();

  note({ event, task }: Change): void {
    this.topics.add(event.type.slice(0, event.type.indexOf('.')));
    if ('task' in event) this.tasks.add(event.task);
    if ('agent' in event && typeof event.agent === 'string') this.agents.add(event.agent);
    if (task?.agent !== undefined) this.agents.add(task.agent);
    if (task?.attemptAgent !== undefined) this.agents.add(task.attemptAgent);
  }

  add({ tasks, agents, topics }: Pending): void {
    for (const task of tasks) this.tasks.add(task);
    for (const agent of agents) this.agents.add(agent);
    for (const topic of topics) this.topics.add(topic);
  }

  clear(): void {
    this.tasks.clear();
    this.agents.clear();
    this.topics.clear();
  }
}

/** The hub that serves the page, as nobody's state has it. */
export interface HubFacts {
  readonly role: 'leader' | 'follower';
  readonly lagMs: number;
  readonly version: string;
  readonly journal: string;
}

/** What views need beside the state. */
export interface LivePorts {
  readonly hub: () => HubFacts;
  /** What is known of an agent from its link, by its key. */
  readonly surroundings: (agent: string) => AgentSurroundings;
  readonly signsOf: (agent: string) => LinkSigns | undefined;
  readonly health: () => Pick<Health, 'status' | 'reasons'>;
  readonly storage: () => Storage;
  readonly durability: () => LiveSystem['durability'];
  readonly disk: () => DiskFigures;
  /** Work in the background that runs or waits. */
  readonly operations: () => number;
  readonly commitMs: (org: string) => NonNullable<Stats['latencyMs']>['commit'];
  /** Puts the texts of a task in that are stored apart. */
  readonly fill: (task: UnfilledTask) => Promise<TaskView>;
  /** A task that has left memory. */
  readonly archived: (org: string, id: string) => Promise<TaskView | null>;
  readonly changesAfter: (seq: number) => RecentChanges;
}

/** What became durable after a batch, as far as it is remembered: `isWhole` unless some of it is not. */
export interface RecentChanges {
  readonly isWhole: boolean;
  readonly batches: readonly { readonly seq: number; readonly changes: readonly Change[] }[];
}

export interface Look {
  readonly view: View;
  /** Whose pages these are. */
  readonly org: string;
  readonly pending: Pending;
  /** The hub's own time, ms. */
  readonly now: number;
  /** ms; monotonic, for what looking costs. */
  readonly cpuNow: () => number;
}

/** What a page lacks that was away: rows by their ids. */
export interface Differs {
  readonly put: readonly string[];
  readonly gone: readonly string[];
}

export interface LiveSource {
  /** Only these make it look again; all of them where it is undefined. */
  readonly topics: ReadonlySet<Topic> | undefined;
  /** How long after a look it looks again although nothing has changed, ms. */
  readonly refreshMs: number | undefined;
  /** How long after a look it looks again at the earliest, ms. */
  readonly restMs: number;
  readonly log: RowLog;
  /** Whether its rows are all there, so that a page can be shown them. */
  readonly isSettled: boolean;
  /** Whether a page may be shown rows before they are settled. */
  readonly showsParts: boolean;
  /** Whether it has more to look at, changed or not. */
  readonly needsLook: boolean;
  /** Brings its rows up to the state. */
  look(look: Look): void;
  /** Everything may be different. */
  restart(): void;
  /** For a page that was away while these tasks changed; undefined where only a snapshot helps. */
  differs(tasks: ReadonlySet<string>): Differs | undefined;
}
