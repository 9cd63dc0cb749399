// A bench on which halts come and go.

import { Bench, ORG } from '../fixture.js';
import type { HaltCommands } from './commands.js';
import type { HaltScope } from './halt.js';

export const WHO = { org: ORG, ofHub: true, by: 'ada' };
export const ALL: HaltScope = { kind: 'fleet' };

type Terms = Partial<Omit<HaltCommands['halt.create'], 'scope'>>;

export class HaltBench extends Bench {
  constructor(tasks: ConstructorParameters<typeof Bench>[0] = {}) {
    super(tasks);
    this.take({ type: 'org.ensure', org: ORG });
  }

  /** Halts new work, unless told otherwise; the id. */
  halt(scope: HaltScope = ALL, terms: Terms = {}): string {
    const usual = { ...WHO, strength: 'new' as const, reason: 'moving house' };
    return this.take({ type: 'halt.create', ...usual, scope, ...terms }).reply.halt;
  }

  stop(scope: HaltScope = ALL, terms: Terms = {}): string {
    return this.halt(scope, { strength: 'running', ...terms });
  }

  resume(halt: string): void {
    this.take({ type: 'halt.end', ...WHO, halt });
  }

  /** Accepted by the agent, which joins for it if it is not there. */
  working(agent: string, spec: Parameters<Bench['submit']>[0] = {}): string {
    if (!this.state.agents.has(`${ORG}/${agent}`)) this.join(agent);
    const task = this.submit({ needs: [`agent:${agent}`], ...spec });
    this.accept(task);
    return task;
  }

  /** The first attempt at the task. */
  stopped(task: string, agent: string, left = false): void {
    const said = { ...this.from(agent), task, generation: 1 };
    this.take({ type: 'task.stopped', ...said, ...(left && { left: this.left(task) }) });
  }
}
