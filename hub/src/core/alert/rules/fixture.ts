// How rules are tested: a hub where one does not fire yet, and the step by which it does.

import { type AlertRuleName, configWith, type Severity } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import type { CommandOf } from '../../commands.js';
import { Bench, ORG, REPO } from '../../fixture.js';
import type { Condition } from '../condition.js';
import { conditionsOf } from '../conditions.js';
import { type HubFigures, NO_FIGURES } from '../figures.js';

export interface Case {
  /** Just before. */
  readonly before: (hub: TestHub) => void;
  /** From there, just past. */
  readonly past: (hub: TestHub) => void;
  readonly severity: Severity;
  /** Ids, in order. */
  readonly subjects: (hub: TestHub) => readonly string[];
  readonly count?: number;
  readonly why: RegExp;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

type Spec = Parameters<Bench['submit']>[0];

/** Remembers what it was asked for by name, so that a case can name its subjects. */
export class TestHub {
  readonly bench = new Bench();
  figures: HubFigures = NO_FIGURES;
  readonly tasks: string[] = [];

  found(rule: AlertRuleName): Condition | undefined {
    return this.conditions().find((one) => one.rule === rule);
  }

  conditions(config = this.bench.state.config.values): Condition[] {
    return conditionsOf(this.figures, this.bench.state, config, this.bench.now);
  }

  measured(figures: Partial<HubFigures>): void {
    this.figures = { ...this.figures, ...figures };
  }

  submit(spec: Spec = {}): string {
    const id = this.bench.submit(spec);
    this.tasks.push(id);
    return id;
  }

  /** Accepted by that agent. */
  begun(agent: string, spec: Spec = {}): string {
    const id = this.submit({ ...spec, needs: [...(spec?.needs ?? []), `agent:${agent}`] });
    this.bench.accept(id);
    return id;
  }

  failed(
    agent: string,
    error: Partial<CommandOf<'task.fail'>['error']> = {},
    spec: Spec = {},
    resetsAt?: number,
  ): string {
    const id = this.begun(agent, spec);
    this.bench.take({
      type: 'task.fail',
      ...this.bench.by(id),
      report: this.bench.mark(),
      error: { class: 'permanent', code: 'it.failed', message: 'it failed', ...error },
      ...(resetsAt !== undefined && { resetsAt }),
    });
    return id;
  }

  completed(agent: string, spec: Spec = {}): string {
    const id = this.begun(agent, spec);
    this.bench.complete(id);
    return id;
  }

  reject(id: string): void {
    this.bench.take({ type: 'task.reject', ...this.bench.by(id), reason: 'busy' });
  }

  drain(agent: string): void {
    this.bench.take({ type: 'agent.drain', org: ORG, agent, draining: true, reason: 'repairs' });
  }

  elect(epoch: number, version = '1'): void {
    this.bench.take({ type: 'leader.elect', hub: 'hub-a', epoch, url: 'http://a', version });
  }
}

export { ORG, REPO };

export function times(n: number, run: (i: number) => void): void {
  for (let i = 0; i < n; i++) run(i);
}

type Cases = { readonly [Rule in AlertRuleName]?: Case };

/** That a rule finds what it should, no sooner, and whichever hub looks. */
export function testRules(cases: Cases): void {
  describe.each(Object.entries(cases) as [AlertRuleName, Case][])('%s', (rule, { before, past, ...expected }) => {
    it('fires just past its limit and not just before, names what it is about, and says why', () => {
      const hub = new TestHub();
      before(hub);
      expect(hub.found(rule)).toBeUndefined();
      past(hub);
      const condition = hub.found(rule);
      const subjects = expected.subjects(hub);
      expect(condition?.why).toMatch(expected.why);
      expect(condition?.severity).toBe(expected.severity);
      expect(condition?.subjects.map(({ id }) => id)).toEqual(subjects);
      expect(condition?.count).toBe(expected.count ?? Math.max(1, subjects.length));
    });

    it('finds the same after a restart and in a replay', () => {
      const hub = new TestHub();
      before(hub);
      past(hub);
      const live = hub.found(rule);
      hub.bench.restart();
      expect(hub.found(rule)).toEqual(live);
      hub.bench.state = hub.bench.replay();
      expect(hub.found(rule)).toEqual(live);
    });

    it('is silent when it is turned off', () => {
      const hub = new TestHub();
      before(hub);
      past(hub);
      const config = configWith({ alerts: { rules: { [rule]: { enabled: false } } } });
      expect(hub.conditions(config).map((one) => one.rule)).not.toContain(rule);
    });
  });
}
