// Alerts under test: rules find what a test says, on a bench with its own time.

import type { Subject } from '@agentcom/schemas';
import type { Event } from '../events.js';
import { Bench, ORG, SECOND } from '../fixture.js';
import type { Alert } from './alert.js';
import type { Condition } from './condition.js';
import type { TellReason } from './events.js';

type Found = Partial<Condition> & Pick<Condition, 'rule'>;
interface Telling {
  readonly at: number;
  readonly rule: string;
  readonly reason: TellReason;
}
type Rules = Readonly<Record<string, Readonly<Record<string, number | boolean | string>>>>;

export function taskSubject(id: string): Subject {
  return { kind: 'task', id, name: id };
}

export function agentSubject(name: string): Subject {
  return { kind: 'agent', id: name, name };
}

export function condition(found: Found): Condition {
  const subjects = found.subjects ?? [];
  return {
    org: ORG,
    severity: 'warn',
    value: 100,
    limit: 50,
    why: 'because',
    count: Math.max(1, subjects.length),
    subjects,
    ...found,
  };
}

export class AlertBench {
  readonly bench = new Bench();
  #last: readonly Found[] = [];

  constructor({ rules = {} }: { readonly rules?: Rules } = {}) {
    this.configure(rules);
  }

  get now(): number {
    return this.bench.now;
  }

  configure(rules: Rules): void {
    if (Object.keys(rules).length === 0) return;
    this.bench.take({ type: 'config.patch', patch: { alerts: { rules } } as never, by: 'owner' });
  }

  /** One evaluation that finds exactly this. */
  find(...found: readonly Found[]): readonly Event[] {
    return this.decideAll(found).flat();
  }

  /** The events of each decision that it took. */
  decideAll(found: readonly Found[]): (readonly Event[])[] {
    this.#last = found;
    const conditions = found.map(condition);
    const decided: (readonly Event[])[] = [];
    for (let more = true; more; ) {
      const { events, reply } = this.bench.take({ type: 'alerts.evaluate', conditions });
      decided.push(events);
      more = reply.more;
    }
    return decided;
  }

  /** Finds these until the first of them fires, and gives its id. */
  firing(...found: readonly Found[]): string {
    const [{ rule, org = ORG } = condition({ rule: '' })] = found;
    const alertOf = (): Alert | undefined =>
      [...this.bench.state.alerts.open.values()].find((one) => one.rule === rule && one.org === org);
    for (let i = 0; i < 5_000 && alertOf()?.state !== 'firing'; i++) {
      if (i > 0) this.wait(15 * SECOND);
      this.find(...found);
    }
    return alertOf()?.id ?? '';
  }

  wait(ms: number): void {
    this.bench.wait(ms);
  }

  /** Lets time pass in which the same is found, every 15 s, and people are told. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.now < until) {
      const step = Math.min(15 * SECOND, until - this.now);
      for (let part = 0; part < step; part += SECOND) this.bench.pass(Math.min(SECOND, step - part));
      this.find(...this.#last);
    }
  }

  alert(id: string): Alert {
    const alert = this.bench.state.alerts.byId.get(id);
    if (alert === undefined) throw new Error(`alert ${id} not found`);
    return alert;
  }

  /** Of the open ones, in the order in which they began. */
  states(): (readonly [string, string])[] {
    return [...this.bench.state.alerts.open.values()].map(({ rule, state }) => [rule, state] as const);
  }

  /** What people were told so far: when, of which rule, and why. */
  told(): readonly Telling[] {
    return this.bench.log.flatMap(({ event, at }) =>
      event.type === 'alert.told' ? [{ at, rule: this.alert(event.alert).rule, reason: event.reason }] : [],
    );
  }
}
