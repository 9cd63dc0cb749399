// The state as one caller may see it. What lies out of its reach is not there: not in lists, not in counts, and not as the id of a task
// that something visible names. Long because every look at the state goes through it, each with its reach.

import {
  type Action,
  type AgentState,
  type AgentView,
  type Estimate,
  LANES,
  type Lane,
  type LimitScope,
  type LimitView,
  limitScopeText,
  type OverLimit,
  type QuotaName,
  type Stats,
  type TaskState,
  type TaskView,
  type Why,
} from '@agentcom/schemas';
import { mayUseRepository } from '../core/access/repositories.js';
import { dayOf, usedOf } from '../core/access/usage.js';
import { type Agent, agentKey } from '../core/agent/agent.js';
import { type AgentSurroundings, agentState, agentView } from '../core/agent/view.js';
import type { Alert } from '../core/alert/alert.js';
import type { Alerts } from '../core/alert/alerts.js';
import type { Silence } from '../core/alert/silence.js';
import type { ConfigState } from '../core/config/config.js';
import { type Halt, type HaltScope, isSeenBy } from '../core/halt/halt.js';
import { type HaltReach, reachAsked } from '../core/halt/reach.js';
import { kindOf } from '../core/ledger/book.js';
import { type CostsAsked, costsOf, needsRows } from '../core/ledger/costs.js';
import { estimateOf } from '../core/ledger/estimate.js';
import { forecastOf } from '../core/ledger/forecast.js';
import { pricedRoutes } from '../core/ledger/route-estimate.js';
import { type SpentToday, spentByAgent } from '../core/ledger/spent-today.js';
import type { TaskKind } from '../core/ledger/task-history.js';
import { isSeenBy as isLimitSeenBy } from '../core/limit/limit.js';
import { overLimits } from '../core/limit/over.js';
import { limitView } from '../core/limit/view.js';
import type { OrgNotify } from '../core/notify/notify.js';
import type { Refusal } from '../core/refusal.js';
import { isSeenBy as isViewSeenBy, type SavedView } from '../core/saved-view/saved-view.js';
import type { State } from '../core/state.js';
import type { DeadGroup } from '../core/task/dead-letters.js';
import { countTasks, listTasks, matchingTasks, type TaskFilter, type TaskPage } from '../core/task/list-tasks.js';
import { isRouted } from '../core/task/routes.js';
import { noTasks, type Task } from '../core/task/task.js';
import { type Unmatched, unmatchedTasks } from '../core/task/unmatched.js';
import { taskView, type UnfilledTask } from '../core/task/view.js';
import { why, whyEnded } from '../core/task/why.js';
import type { LinkSigns } from '../core/task/why-held.js';
import { WhyInBrief } from '../core/task/why-in-brief.js';
import type { Caller } from './authenticate.js';
import { PeopleView } from './people-view.js';
import { type Reach, reachOf, seesHub } from './policy.js';

type WantedTasks = Omit<TaskFilter, 'org' | 'by'> & {
  /** Only what the caller submitted; `auto`: where it may change no other tasks. */
  readonly mine?: boolean | 'auto' | undefined;
};

const CALLER = /^(key|person):(.+)$/;
/** In the reason of a task that was cancelled because its parent was. */
const PARENT = /^its parent, task (\S+), was cancelled$/;

/** What a view of a task reveals about others. */
type Tells = Pick<TaskView, 'overlaps' | 'history' | 'createdBy' | 'cancel' | 'names' | 'dependsOn'>;

const ABOUT_TASKS: readonly Action[] = [
  'tasks.submit',
  'tasks.change',
  'tasks.answer',
  'deadLetters.read',
  'deadLetters.change',
  'stats.read',
];
const ABOUT_NOTIFICATIONS: readonly Action[] = ['notifications.manage', 'notifications.send'];
const ABOUT_AGENTS: readonly Action[] = ['agents.drain', 'agents.resume', 'agents.remove'];

/**
 * What `action` is about is there as far as the caller's reach goes for it, everything else as far as the caller may read it. Nobody sees
 * nothing. `state` is looked at when it is asked, so a view must not outlive the look it was made for.
 */
export function viewOf(state: State, caller: Caller | undefined, action: Action | 'public'): View {
  return new View(state, caller, action);
}

export class View extends PeopleView {
  readonly #caller: Caller | undefined;
  readonly #agent: string | undefined;
  readonly #tasks: Reach | undefined;
  /** Whether it may change its own tasks, and no others. */
  readonly #changesOwn: boolean;
  readonly #agents: Reach | undefined;
  readonly #alerts: Reach | undefined;
  readonly #halts: Reach | undefined;
  readonly #readsLimits: boolean;
  readonly #notifications: Reach | undefined;
  readonly #costs: Reach | undefined;
  readonly #listsOrgs: boolean;
  #spent: ReturnType<typeof spentByAgent> | undefined;

  constructor(state: State, caller: Caller | undefined, action: Action | 'public') {
    super(state, caller);
    this.#caller = caller;
    this.#agent = caller?.agent;
    const among = (actions: readonly Action[]): Action | undefined => actions.find((one) => one === action);
    this.#tasks = caller && reachOf(caller, among(ABOUT_TASKS) ?? 'tasks.read');
    this.#changesOwn = caller !== undefined && reachOf(caller, 'tasks.change') === 'own';
    this.#agents = caller && reachOf(caller, among(ABOUT_AGENTS) ?? 'agents.read');
    this.#alerts = caller && reachOf(caller, 'alerts.read');
    this.#halts = caller && reachOf(caller, 'halts.read');
    this.#readsLimits = caller !== undefined && reachOf(caller, 'limits.read') !== undefined;
    this.#notifications = caller && reachOf(caller, among(ABOUT_NOTIFICATIONS) ?? 'notifications.read');
    this.#costs = caller && reachOf(caller, 'costs.read');
    this.#listsOrgs = caller !== undefined && reachOf(caller, 'orgs.read') !== undefined;
  }

  task(id: string): Task | undefined {
    const task = this.state.tasks.get(id);
    return task !== undefined && this.#seesTask(task.org, task.by, task.spec.repo?.url) ? task : undefined;
  }

  /** Newest first, by the indexes. */
  *tasks({ mine, ...wanted }: WantedTasks = {}): Iterable<Task> {
    const reach = this.#taskReach(mine, wanted.accepts);
    if (reach !== undefined) yield* matchingTasks(this.state, { ...wanted, ...reach });
  }

  isOwnOnly(mine: WantedTasks['mine']): boolean {
    return mine === true || (mine === 'auto' && this.#changesOwn);
  }

  /** What is queued and nobody is there for, by what it wants, the oldest first. */
  unmatched(now: number, mine?: WantedTasks['mine']): Unmatched[] {
    if (this.org === undefined) return [];
    return unmatchedTasks(this.state, this.org, this.tasks({ states: ['queued'], oldestFirst: true, mine }), now);
  }

  /** The same by pages; `cursor` is the last id of the page before. */
  taskPage({ mine, ...wanted }: WantedTasks, limit: number, cursor?: string): TaskPage {
    const reach = this.#taskReach(mine, wanted.accepts);
    return reach === undefined ? { tasks: [] } : listTasks(this.state, { ...wanted, ...reach }, limit, cursor);
  }

  /** How many there are; undefined when that is not known after a look at `most`. */
  taskCount({ mine, ...wanted }: WantedTasks, most: number): number | undefined {
    const reach = this.#taskReach(mine, wanted.accepts);
    return reach === undefined ? 0 : countTasks(this.state, { ...wanted, ...reach }, most);
  }

  /** The same as lists say it; `others` are what `auto` leaves out. */
  taskCounted(wanted: WantedTasks, most: number): { readonly total?: number; readonly others?: number } {
    const total = this.taskCount(wanted, most);
    if (total === undefined) return {};
    if (wanted.mine !== 'auto' || !this.#changesOwn) return { total };
    const all = this.taskCount({ ...wanted, mine: false }, most);
    return { total, ...(all !== undefined && { others: all - total }) };
  }

  taskView(id: string): UnfilledTask | undefined {
    const task = this.task(id);
    return task && this.#cut(taskView(task));
  }

  /** A task that has left memory. */
  archived(task: TaskView): TaskView | undefined {
    return this.#seesTask(task.org, task.createdBy, task.repo?.url) ? this.#cut(task) : undefined;
  }

  /** `signsOf` knows what the link of an agent says. */
  why(id: string, now: number, signsOf: (agent: string) => LinkSigns | undefined): Why | undefined {
    const task = this.task(id);
    if (task === undefined) return undefined;
    const signs = task.agent === undefined ? undefined : signsOf(agentKey(task.org, task.agent));
    const context = { now, signs, nameOf: (by: string) => this.nameOf(by) ?? by };
    const sees = (parent: string) => this.#seesParent(parent);
    return why(this.state, { ...task, cancel: this.#cutCancel(task.cancel) }, { ...context, sees });
  }

  /** The same of many tasks, as rows of a list say it. */
  whyInBrief(now: number, signsOf: (agent: string) => LinkSigns | undefined): WhyInBrief {
    return new WhyInBrief(this.state, { now, signsOf, seesParents: this.repositories === undefined });
  }

  /** How a task ended that has left memory. */
  whyEnded(task: TaskView): Why {
    return whyEnded(task, (by) => this.nameOf(by) ?? by);
  }

  taskCounts(): Record<TaskState, number> {
    if (this.seesAllTasks && this.org !== undefined) return this.state.taskIndex.counts(this.org);
    const counts = noTasks();
    for (const task of this.tasks()) counts[task.state]++;
    return counts;
  }

  queuedByLane(): Record<Lane, number> {
    const depths = this.seesAllTasks && this.org !== undefined ? this.state.matching.depths(this.org) : [];
    const counts = Object.fromEntries(LANES.map((lane, i) => [lane, depths[i] ?? 0])) as Record<Lane, number>;
    if (!this.seesAllTasks) {
      for (const task of this.tasks({ states: ['queued'] })) counts[task.spec.lane]++;
    }
    return counts;
  }

  /** Of all tasks of the organisation: ask `seesAllTasks` before. */
  oldestQueuedSeconds(now: number): NonNullable<Stats['oldestQueuedSeconds']> {
    const oldest = this.org === undefined ? [] : this.state.matching.oldest(this.org);
    const known = LANES.flatMap((lane, i) => {
      const since = oldest[i];
      return since === undefined ? [] : [[lane, Math.max(0, now - since) / 1000] as const];
    });
    return Object.fromEntries(known);
  }

  /** Of the whole organisation, too. */
  spend(now: number): NonNullable<Stats['spend']> {
    const used = (quota: QuotaName) => usedOf(this.state, this.org ?? '', quota, now);
    return { todayMicros: used('costMicrosPerDay'), monthMicros: used('costMicrosPerMonth') };
  }

  /** Whether the caller may read that of its whole organisation. */
  sees(action: Action): boolean {
    return this.#caller !== undefined && reachOf(this.#caller, action) === 'org';
  }

  /** A task as it was at a moment. */
  seesMoment({ org, by, spec }: Pick<Task, 'org' | 'by' | 'spec'>): boolean {
    return this.#seesTask(org, by, spec.repo?.url);
  }

  /** Where the hub is that leads. */
  get leaderUrl(): string | undefined {
    return this.state.leader?.url;
  }

  get leaderVersion(): string | undefined {
    return this.state.leader?.version;
  }

  /** The agents of every organisation; none where the hub itself is not the caller's to look at. */
  *fleet(): Iterable<Agent> {
    if (this.#caller !== undefined && reachOf(this.#caller, 'metrics.read') === 'hub')
      yield* this.state.agents.values();
  }

  /** Whether figures of the whole organisation are the caller's to see. */
  get seesAllTasks(): boolean {
    return this.#tasks === 'org' && this.repositories === undefined;
  }

  /** Dead letters by how they ended; undefined where the caller sees only some of a group. */
  deadGroups(): DeadGroup[] | undefined {
    if (this.org === undefined || this.#tasks !== 'org') return undefined;
    return [...this.state.deadLetters.groups(this.org)].filter(({ repo }) => this.#seesRepository(repo));
  }

  agent(name: string): Agent | undefined {
    const agent = this.org === undefined ? undefined : this.state.agents.get(agentKey(this.org, name));
    return agent !== undefined && this.#seesAgent(agent) ? agent : undefined;
  }

  agents(): Agent[] {
    const ofOrg = this.org === undefined ? undefined : this.state.agentsByOrg.get(this.org);
    return [...(ofOrg ?? [])].filter((agent) => this.#seesAgent(agent));
  }

  /** When it last did not accept an offer. */
  missedOfferAt({ org, name }: Agent): number | undefined {
    return this.state.activity.of(org)?.agents.get(name)?.missed.at(-1);
  }

  agentState(agent: Agent): AgentState {
    return agentState(this.state, agent);
  }

  /** `now` is the hub's own time, ms. */
  agentView(agent: Agent, around: AgentSurroundings, now: number): AgentView {
    const { task, generation, stopping, repositories, ...view } = agentView(this.state, agent, around);
    const spentToday = this.#spentToday(agent.name, now);
    return {
      ...view,
      ...(spentToday !== undefined && { spentToday }),
      ...(repositories !== undefined && { repositories: repositories.filter((one) => this.#seesRepository(one)) }),
      ...(task !== undefined && this.#maySeeHeld(agent, task) && { task, generation }),
      ...(stopping !== undefined && this.#maySeeHeld(agent, stopping.task) && { stopping }),
    };
  }

  /** The hub's own; routes let only those look at it who may. */
  get config(): ConfigState {
    return this.state.config;
  }

  /** The same moment, as somebody sees it who has just signed in. */
  as(caller: Caller): View {
    return new View(this.state, caller, 'self.manage');
  }

  /**
   * Of what the caller may see the cost of. Of all organisations, for whoever may list them, where nothing is asked but these and days: more
   * would be a look at all rows of all of them.
   */
  costs(asked: Omit<CostsAsked, 'member'>, now: number) {
    const isOfAll = asked.by.includes('org') && !needsRows(asked.by) && this.#listsOrgs;
    const ledgers = [...this.state.ledger.orgs()].filter(([org]) => isOfAll || org === this.org);
    const orgs = this.#costs === undefined ? [] : ledgers;
    const member = this.#costs === 'own' ? this.by : undefined;
    const { groups, total } = costsOf(orgs, { ...asked, member });
    const names = groups.flatMap(({ group }) => {
      const by = String(group.get('member') ?? '');
      const name = this.nameOf(by);
      return name === undefined ? [] : [[by, name] as const];
    });
    return { groups, total, forecast: forecastOf(orgs, now, member), names: Object.fromEntries(names) };
  }

  /** From tasks in repositories that the caller sees. */
  estimate(asked: Parameters<typeof pricedRoutes>[2]): Estimate {
    const { org = '' } = this;
    const isSeen = ([repo]: TaskKind): boolean => this.#seesRepository(repo === '' ? undefined : repo);
    const estimate = estimateOf(this.state.ledger.of(org)?.history, kindOf(asked), isSeen);
    if (!isRouted(asked)) return estimate;
    return { ...estimate, routes: [...pricedRoutes(this.state, org, asked, isSeen)] };
  }

  /** Those of the caller's organisation, and of the hub for whoever runs it, in no order. */
  alerts(): Alert[] {
    const org = this.org;
    if (org === undefined || this.#alerts === undefined) return [];
    return [...this.state.alerts.byId.values()].filter((alert) =>
      alert.org === undefined ? seesHub({ org }) : alert.org === org,
    );
  }

  silences(): readonly Silence[] {
    if (this.#alerts === undefined) return [];
    return [...this.state.alerts.silences.values()].filter(({ org }) => org === this.org);
  }

  /** The caller's own, and those that are shared, in the order in which they were saved. */
  savedViews(): readonly SavedView[] {
    const { org, by } = this;
    if (org === undefined || by === undefined) return [];
    return this.state.savedViews.of(org).filter((view) => isViewSeenBy(view, by));
  }

  /** Those that concern the caller's organisation, and those that it has set, oldest first. */
  halts(): readonly Halt[] {
    const org = this.org;
    if (org === undefined || this.#halts === undefined) return [];
    return [...this.state.halts.all()].filter((halt) => isSeenBy(halt, org));
  }

  /** What a halt would be about if the caller made it now. */
  haltReach(scope: HaltScope): HaltReach | Refusal {
    const { state, org = '' } = this;
    return reachAsked(state, { org, ofHub: seesHub({ org }), scope });
  }

  /** Those of the caller's organisation, and of more where it has set them, by what they are about. */
  limits(): LimitView[] {
    const org = this.org;
    if (org === undefined || !this.#readsLimits) return [];
    return [...this.state.limits.all()]
      .filter((limit) => isLimitSeenBy(limit, org))
      .map((limit) => limitView(limit, this.state.limits.reservedOf(limit), org))
      .sort((a, b) => (limitScopeText(a.scope) < limitScopeText(b.scope) ? -1 : 1));
  }

  /** Under which a task that was just submitted may not come to its end, as far as the caller sees tasks like it. */
  overLimits(id: string): OverLimit[] {
    const task = this.state.tasks.get(id);
    if (task === undefined) return [];
    return overLimits(this.state, task, ([repo]) => this.#seesRepository(repo === '' ? undefined : repo));
  }

  limit(scope: LimitScope): LimitView | undefined {
    const org = this.org;
    if (org === undefined || !this.#readsLimits) return undefined;
    const limit = this.state.limits.seenBy(org, { scope });
    return limit && limitView(limit, this.state.limits.reservedOf(limit), org);
  }

  /** For what is told beside an alert that the caller sees. */
  get alertBook(): Alerts {
    return this.state.alerts;
  }

  /** Channels and the routes to them. */
  get notify(): OrgNotify | undefined {
    if (this.org === undefined || this.#notifications === undefined) return undefined;
    return this.state.notify.orgs.get(this.org);
  }

  /** Of a person, or the name that whoever made a key gave it; undefined for agents, which are called by theirs. */
  nameOf(by: string): string | undefined {
    const [, kind, id = ''] = CALLER.exec(by) ?? [];
    if (kind === 'key') {
      const key = this.state.access.keys.get(id);
      return key?.org === this.org ? key?.name : undefined;
    }
    return kind === 'person' ? this.state.people.get(id)?.name : undefined;
  }

  get pushKey(): string | undefined {
    return this.state.notify.pushKeys?.publicKey;
  }

  #taskReach(
    mine: WantedTasks['mine'],
    accepts?: TaskFilter['accepts'],
  ): Pick<TaskFilter, 'org' | 'by' | 'accepts'> | undefined {
    if (this.org === undefined || this.#tasks === undefined) return undefined;
    const by = this.isOwnOnly(mine) || this.#tasks === 'own' ? this.by : undefined;
    if (this.repositories === undefined) return { org: this.org, by, accepts };
    return {
      org: this.org,
      by,
      accepts: (task) => this.#seesRepository(task.spec.repo?.url) && accepts?.(task) !== false,
    };
  }

  #seesRepository(url: string | undefined): boolean {
    return mayUseRepository(this.repositories, url);
  }

  #seesTask(org: string, by: string, repository: string | undefined): boolean {
    if (org !== this.org || !this.#seesRepository(repository)) return false;
    return this.#tasks === 'org' || (this.#tasks === 'own' && by === this.by);
  }

  #seesAgent({ org, name }: Agent): boolean {
    if (org !== this.org) return false;
    return this.#agents === 'org' || (this.#agents === 'self' && name === this.#agent);
  }

  /** The day's rows are looked through once, for however many agents. */
  #spentToday(agent: string, now: number): SpentToday | undefined {
    if (this.#costs !== 'org') return undefined;
    this.#spent ??= spentByAgent(this.state.ledger.of(this.org ?? ''), dayOf(now));
    return this.#spent(agent);
  }

  /** An agent knows what it holds itself. */
  #maySeeHeld(agent: Agent, task: string): boolean {
    return agent.name === this.#agent || this.task(task) !== undefined;
  }

  #cut<T extends Tells>(view: T): T {
    const named = this.#reachCut(view);
    const callers = [
      view.createdBy,
      view.cancel?.by,
      ...named.history.map(({ detail = '' }) => /^(?:key|person):[^,\s]+/.exec(detail)?.[0]),
    ];
    const names = [...new Set(callers)].flatMap((by) => {
      const name = by === undefined ? undefined : this.nameOf(by);
      return name === undefined ? [] : [[by, name] as const];
    });
    return names.length === 0 ? named : { ...named, names: Object.fromEntries(names) };
  }

  #reachCut<T extends Tells>(view: T): T {
    if (this.seesAllTasks) return view;
    const overlaps = view.overlaps?.filter(({ task }) => this.task(task) !== undefined);
    const cancel = this.#cutCancel(view.cancel);
    return {
      ...view,
      dependsOn: view.dependsOn.filter((id) => this.#seesParent(id)),
      ...(overlaps !== undefined && { overlaps }),
      ...(cancel !== undefined && { cancel }),
      // The texts of such entries name the other task.
      history: view.history.flatMap((entry) => {
        if (entry.event === 'overlapped') return [];
        const isOfParent = entry.detail !== undefined && entry.detail === view.cancel?.reason;
        return [isOfParent && cancel !== undefined ? { ...entry, detail: cancel.reason } : entry];
      }),
    };
  }

  /** Whoever sees tasks of some repositories knows only the parents among them; one that has left memory is not looked for. */
  #seesParent(id: string): boolean {
    return this.repositories === undefined || this.task(id) !== undefined;
  }

  /** Its reason names the parent. */
  #cutCancel<C extends { readonly cause: string; readonly reason: string }>(cancel: C | undefined): C | undefined {
    if (cancel?.cause !== 'parent_failed' || this.repositories === undefined) return cancel;
    const [, parent = ''] = PARENT.exec(cancel.reason) ?? [];
    return this.#seesParent(parent) ? cancel : { ...cancel, reason: 'its parent was cancelled' };
  }
}
