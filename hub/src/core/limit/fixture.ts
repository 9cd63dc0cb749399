// A bench on which work is paid for, and limited.

import type { CommandOf } from '../commands.js';
import { Bench, ORG } from '../fixture.js';
import type { LimitScope, SpendLimit } from './limit.js';

export const WHO = { org: ORG, ofHub: true, by: 'ada' };
export const OURS: LimitScope = { kind: 'org' };
/** Of one unit of money. */
export const UNIT = 1_000_000;

type Amounts = CommandOf<'limit.set'>['amounts'];

export class LimitBench extends Bench {
  constructor(tasks: ConstructorParameters<typeof Bench>[0] = {}) {
    super(tasks);
    this.take({ type: 'org.ensure', org: ORG });
  }

  /** In tokens of a day, unless told otherwise. */
  limit(amounts: Amounts | number, scope: LimitScope = OURS, currency?: string): void {
    const given = typeof amounts === 'number' ? { day: { tokens: amounts } } : amounts;
    this.take({ type: 'limit.set', ...WHO, scope, amounts: given, ...(currency !== undefined && { currency }) });
  }

  unlimit(scope: LimitScope = OURS): void {
    this.take({ type: 'limit.remove', ...WHO, scope });
  }

  /** Of the default estimate in tokens: what a task reserves that is like no other. */
  estimates(tokens: number, costMicros = 0): void {
    const spending = { estimateTokens: tokens, estimateCostMicros: costMicros };
    this.take({ type: 'config.patch', patch: { spending }, by: 'ada' });
  }

  known(scope: LimitScope = OURS): SpendLimit {
    const limit = this.state.limits.seenBy(ORG, { scope });
    if (limit === undefined) throw new Error(`no limit of ${scope.kind}`);
    return limit;
  }

  /** Accepted by the agent, which joins for it if it is not there. */
  working(agent: string, spec: Parameters<Bench['submit']>[0] = {}): string {
    if (!this.state.agents.has(`${ORG}/${agent}`)) this.join(agent);
    const task = this.submit({ needs: [`agent:${agent}`], ...spec });
    this.accept(task);
    return task;
  }

  /** What the attempt has used in all. */
  used(task: string, tokens: number, more: Partial<CommandOf<'task.progress'>> = {}) {
    const usage = { inputTokens: tokens };
    return this.take({ type: 'task.progress', ...this.by(task), report: this.mark(), usage, ...more });
  }

  paid(task: string, costMicros: number, currency?: string) {
    const usage = { costMicros, ...(currency !== undefined && { currency }) };
    return this.take({ type: 'task.progress', ...this.by(task), report: this.mark(), usage });
  }

  /** The newest attempt of the task was stopped by its agent. */
  stopped(task: string, agent: string, more: Partial<CommandOf<'task.stopped'>> = {}): void {
    const { generation } = this.task(task);
    this.take({ type: 'task.stopped', ...this.from(agent), task, generation, ...more });
  }
}
