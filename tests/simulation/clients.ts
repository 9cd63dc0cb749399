// Those who talk to the hub over HTTP: submitters, who repeat with the same key until they are answered, and operators.

import type { Command, CommandOf, Replies, RequeueOptions } from '@agentcom/hub/core/commands';
import { Refusal } from '@agentcom/hub/core/refusal';
import { LANES } from '@agentcom/schemas';
import { BrokenPromise } from './broken-promise.js';
import { answerTo, fact } from './facts.js';
import { SCOPES } from './halts.js';
import { LIMITED } from './limits.js';
import { readIsTrue, storedBeforeConfirmed } from './promises.js';
import { ORG } from './settings.js';
import type { World } from './world.js';

const ANSWER_WITHIN_MS = 5_000;
const ASK_AGAIN_MS = 700;
/** When the hubs' clocks say that a run begins. */
const WALL_AT_START_MS = 1_700_000_000_000;

/** `undefined`: no answer came in time, so nobody knows. */
type Heard<T> = T | Refusal | undefined;

export class Clients {
  /** Submissions without a final answer. */
  open = 0;

  constructor(
    private readonly world: World,
    private readonly needs: readonly (readonly string[])[],
  ) {}

  /** Submits one task and asks again, with the same key, until there is an answer. */
  submit(index: number): void {
    this.open++;
    const { ledger, random } = this.world;
    const key = `key-${index}`;
    const parents = random.chance(0.25) ? random.some([...new Set(ledger.confirmed.values())], 0.15).slice(0, 3) : [];
    const repo = random.chance(0.6) ? { url: `https://forge.example/repo-${random.between(1, 2)}` } : undefined;
    const command: CommandOf<'task.submit'> = {
      type: 'task.submit',
      org: ORG,
      by: 'submitter',
      spec: {
        title: `task ${index}`,
        prompt: 'do it',
        lane: random.pick(LANES),
        needs: random.pick(this.needs),
        maxAttempts: random.between(1, 4),
        ...(repo !== undefined && { repo }),
        ...this.#runners(),
        ...(random.chance(0.2) && { labels: { team: 'roof' } }),
        ...(random.chance(0.3) && { verify: ['npm test'] }),
        ...(random.chance(0.2) && { budget: { tokens: random.between(20, 400) } }),
        ...(parents.length > 0 && { dependsOn: parents }),
        ...(random.chance(0.15) && {
          notBefore: WALL_AT_START_MS + this.world.schedule.now + random.between(1, 40_000),
        }),
      },
      idempotency: { key, digest: key },
    };
    this.#submitUntilAnswered(command, key, () => this.#submitAgain(command, key));
  }

  /** One runner, or several in order of preference, some with a limit to what it may cost. */
  #runners(): Pick<CommandOf<'task.submit'>['spec'], 'runner' | 'model' | 'maxCost'> {
    const { random } = this.world;
    if (random.chance(0.2)) return { runner: 'claude' };
    if (random.chance(0.7)) return {};
    return {
      ...(random.chance(0.8) && {
        runner: random.pick([
          ['claude', 'codex'],
          ['codex', 'claude'],
        ] as const),
      }),
      ...(random.chance(0.3) && { model: ['model-1', 'model-2'] }),
      ...(random.chance(0.3) && { maxCost: random.between(1, 1_000) }),
    };
  }

  /** Looks at a task, at whichever hub answers. */
  look(): void {
    const ids = [...new Set(this.world.ledger.confirmed.values())];
    if (ids.length > 0) this.#read(this.world.random.pick(ids));
  }

  /** One thing that an operator may do at any time. */
  operate(): void {
    const { ledger, random, sidecars } = this.world;
    const ids = [...new Set(ledger.confirmed.values())];
    if (ids.length === 0) return;
    const on = { org: ORG, task: random.pick(ids), by: 'operator' };
    switch (random.between(0, 7)) {
      case 0:
        if (random.chance(0.5)) return this.#ask({ type: 'task.cancel', ...on, reason: 'not needed' }, 'cancel');
        return this.#ask({ type: 'task.move', ...on, to: random.pick(LANES) }, 'move');
      case 1:
        return this.#ask({ type: 'task.retry', ...on, ...this.#changes(on.task) }, 'retry');
      case 2:
        return this.#ask({ type: 'dead.requeue', ...on, ...this.#changes(on.task) }, 'requeue');
      case 3:
        return this.#ask({ type: 'dead.discard', ...on, reason: 'given up' }, 'discard');
      case 4:
        return this.#send(
          {
            type: 'agent.drain',
            org: ORG,
            agent: random.pick(sidecars).name,
            draining: random.chance(0.4),
            reason: 'asked',
          },
          () => undefined,
        );
      case 5:
        return this.#halt();
      case 6:
        return this.#limit();
      default:
        for (const task of this.world.store.truth.tasks.values()) {
          if (task.state !== 'blocked') continue;
          const questionId = random.chance(0.8) ? task.question?.questionId : `q-other`;
          this.#answer({ ...on, task: task.id }, questionId);
        }
    }
  }

  /** What an operator may want different from here on. Somebody offers what is needed then, too. */
  #changes(task: string): RequeueOptions {
    const { ledger, random } = this.world;
    if (random.chance(0.5)) return {};
    const changes = {
      ...(random.chance(0.4) && { lane: random.pick(LANES) }),
      ...(random.chance(0.4) && { needs: random.pick(this.needs) }),
      ...(random.chance(0.4) && { maxAttempts: random.between(1, 4) }),
      ...(random.chance(0.3) && { budget: { tokens: random.between(20, 400) } }),
    };
    const generation = ledger.lives.get(task)?.generation ?? 0;
    return {
      changes,
      ...(random.chance(0.3) && { freshSession: true }),
      ...(random.chance(0.3) && { keepBudget: true }),
      ...(random.chance(0.3) && { prompt: { to: 'do it otherwise' } }),
      ...(generation > 0 && random.chance(0.5) && { ifGeneration: generation }),
    };
  }

  /** Halts something for a while, or lets it go on. */
  #halt(): void {
    const { ledger, random, schedule } = this.world;
    const who = { org: ORG, ofHub: true, by: 'operator' };
    const open = [...ledger.halts.open];
    if (open.length > 0 && random.chance(0.5))
      return this.#send({ type: 'halt.end', ...who, halt: random.pick(open) }, () => undefined);
    const until = WALL_AT_START_MS + schedule.now + random.between(1, 60_000);
    const strength = random.pick(['new', 'running'] as const);
    const terms = { scope: random.pick(SCOPES), strength, reason: 'enough', ...(random.chance(0.6) && { until }) };
    this.#send({ type: 'halt.create', ...who, ...terms }, () => undefined);
  }

  /** Sets a limit, raises it, or lowers it below what is used; or removes one. */
  #limit(): void {
    const { ledger, random } = this.world;
    const open = ledger.limits.scopes;
    if (open.length > 0 && random.chance(0.3)) {
      const which = { org: ORG, ofHub: true, by: 'operator', scope: random.pick(open) };
      return this.#send({ type: 'limit.remove', ...which }, () => undefined);
    }
    this.#send(this.anyLimit(), () => undefined);
  }

  anyLimit(): CommandOf<'limit.set'> {
    const { random } = this.world;
    const amounts = {
      [random.pick(['day', 'month', 'total'] as const)]: { tokens: random.between(50, 1_500) },
      ...(random.chance(0.3) && { total: { tokens: random.between(50, 3_000) } }),
    };
    return { type: 'limit.set', org: ORG, ofHub: true, by: 'operator', scope: random.pick(LIMITED), amounts };
  }

  /** After the faults: nothing is halted or limited, nobody stays drained, questions are answered, and a dead parent is given up when children wait for it. */
  tidyUp(): void {
    const { ledger, random, sidecars, store } = this.world;
    for (const halt of ledger.halts.open)
      this.#send({ type: 'halt.end', org: ORG, ofHub: true, by: 'operator', halt }, () => undefined);
    for (const scope of ledger.limits.scopes)
      this.#send({ type: 'limit.remove', org: ORG, ofHub: true, by: 'operator', scope }, () => undefined);
    for (const { name } of sidecars) {
      if (store.truth.agents.get(`${ORG}/${name}`)?.draining === true) {
        this.#send({ type: 'agent.drain', org: ORG, agent: name, draining: false, reason: 'asked' }, () => undefined);
      }
    }
    for (const task of store.truth.tasks.values()) {
      const on = { org: ORG, task: task.id, by: 'operator' };
      if (task.state === 'blocked') this.#answer(on, task.question?.questionId);
      if (task.state !== 'dead' || !store.truth.children.has(task.id)) continue;
      if (random.chance(0.5)) this.#ask({ type: 'dead.discard', ...on, reason: 'given up' }, 'discard');
      else this.#ask({ type: 'dead.requeue', ...on }, 'requeue');
    }
  }

  #answer(on: { org: string; task: string; by: string }, questionId: string | undefined): void {
    const command = {
      type: 'task.answer' as const,
      ...on,
      answer: answerTo(questionId ?? 'unknown'),
      ...(questionId !== undefined && { questionId }),
    };
    this.#send(command, (heard) => {
      if (heard === undefined || heard instanceof Refusal || questionId === undefined) return;
      storedBeforeConfirmed(this.world.ledger, fact('answered', on.task, questionId));
    });
  }

  #submitUntilAnswered(command: CommandOf<'task.submit'>, key: string, then: () => void): void {
    const { ledger, schedule } = this.world;
    this.#send(command, (heard) => {
      if (heard === undefined || (heard instanceof Refusal && heard.code.startsWith('hub.'))) {
        return schedule.after(ASK_AGAIN_MS, () => this.#submitUntilAnswered(command, key, then));
      }
      this.open--;
      if (heard instanceof Refusal) {
        if (ledger.confirmed.has(key))
          throw new BrokenPromise('2', `key ${key} was confirmed, then refused: ${heard.code}`);
        return;
      }
      storedBeforeConfirmed(ledger, fact('submitted', heard.task));
      ledger.confirm(key, heard.task);
      then();
    });
  }

  /** A confirmed key is used again: with the same body it is the same task, with another it is refused. */
  #submitAgain(command: CommandOf<'task.submit'>, key: string): void {
    const { random, schedule } = this.world;
    if (!random.chance(0.3)) return;
    schedule.after(random.between(1, 60_000), () => {
      if (random.chance(0.7)) {
        this.open++;
        return this.#submitUntilAnswered(command, key, () => undefined);
      }
      this.#send({ ...command, idempotency: { key, digest: 'another body' } }, (heard) => {
        if (heard === undefined || (heard instanceof Refusal && heard.code.startsWith('hub.'))) return;
        if (heard instanceof Refusal && heard.code === 'idempotency.key_reused') return;
        throw new BrokenPromise('2', `key ${key} was taken again with another body`);
      });
    });
  }

  #ask(command: Extract<Command, { readonly task: string }>, verb: string): void {
    this.world.ledger.asked.add(`${verb} ${command.task}`);
    this.#send(command, (heard) => {
      if (heard === undefined || heard instanceof Refusal) return;
      if (verb === 'cancel' || verb === 'discard')
        storedBeforeConfirmed(this.world.ledger, fact('cancelled', command.task));
      if ('undo' in heard) this.#thinkAgain(command, heard.undo);
    });
  }

  /** Whatever has become of the task meanwhile. */
  #thinkAgain({ task }: { readonly task: string }, undo: CommandOf<'task.undo'>['undo']): void {
    const { random, schedule } = this.world;
    if (!random.chance(0.5)) return;
    const command = { type: 'task.undo', org: ORG, task, by: 'operator', undo } as const;
    schedule.after(random.between(1, 20_000), () => this.#ask(command, 'undo'));
  }

  /** What is read is durable by the time it is answered, and not older than what was durable when it was asked, if that was asked for. */
  #read(id: string): void {
    const { ledger, random, store } = this.world;
    const hub = this.#hub();
    if (hub === undefined) return;
    const isFresh = hub.isLeading || random.chance(0.5);
    const before = isFresh ? (ledger.lives.get(id)?.generation ?? 0) : 0;
    hub.read(
      (state) => ({ state: state.tasks.get(id)?.state ?? null, generation: state.tasks.get(id)?.generation ?? 0 }),
      isFresh ? store.head.seq : 0,
      (seen) => {
        // A follower that was not asked to wait may not have heard of the task.
        if (seen instanceof Refusal || (!isFresh && seen.state === null)) return;
        readIsTrue(id, seen, before, ledger.lives.get(id));
      },
    );
  }

  #hub(): World['hubs'][number] | undefined {
    const up = this.world.hubs.filter((hub) => hub.isUp && !hub.isPaused);
    return up.length === 0 ? undefined : this.world.random.pick(up);
  }

  /** A request to whichever hub answers; it, or its answer, may be lost on the way. */
  #send<C extends Command>(command: C, heard: (outcome: Heard<Replies[C['type']]>) => void): void {
    const { random, schedule, trace, weather } = this.world;
    let isAnswered = false;
    const once = (outcome: Heard<Replies[C['type']]>): void => {
      if (isAnswered) return;
      isAnswered = true;
      heard(outcome);
    };
    schedule.after(ANSWER_WITHIN_MS, () => once(undefined));
    const hub = this.#hub();
    if (hub === undefined || random.chance(weather.lost)) return;
    const delay = (): number => random.between(1, weather.delayMs);
    schedule.after(delay(), () =>
      hub.step(() => {
        trace.note(hub.name, 'asked', command);
        hub.execute(command, 'http', (outcome) => {
          if (!random.chance(weather.lost)) schedule.after(delay(), () => once(outcome));
        });
      }),
    );
  }
}
