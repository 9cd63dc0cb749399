import type { Socket, SocketListener } from '@agentcom/schemas/live-connection';
import { ACTIONS } from '@agentcom/schemas/names';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { CommandError, EXIT, Interrupted } from '../exit.js';
import { TASK } from '../testing.js';
import { agent, alert, NOW, overview, question, SAID } from './fixture.js';
import { lookOnce, runTop, type TopParts } from './session.js';
import type { Change } from './step.js';

const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

class TestSocket implements Socket {
  readonly sent: {
    readonly type: string;
    readonly id: number;
    readonly view: { readonly kind: string };
    readonly from?: number;
  }[] = [];
  constructor(readonly listener: SocketListener) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.listener.closed(1000);
  }

  says(frame: object): void {
    this.listener.heard(JSON.stringify(frame));
  }

  /** Answers every view that was asked for. */
  answers(needs: readonly object[] = [question()]): void {
    this.listener.opened();
    this.says({ type: 'hub', ...SAID });
    const rows: Record<string, readonly object[]> = {
      overview: [overview()],
      'needs-you': needs,
      alerts: [alert()],
      agents: [agent('roofer')],
      tasks: [],
    };
    for (const { id, view } of this.sent) this.says({ type: 'snapshot', id, seq: 7, items: rows[view.kind] });
  }
}

function world(
  ask: (change: Change) => Promise<unknown> = async () => undefined,
  check: () => Promise<unknown> = async () => undefined,
) {
  const sockets: TestSocket[] = [];
  const written: string[] = [];
  const timers: (() => void)[] = [];
  const asked: Change[] = [];
  /** What is listened to. */
  const heard = new Set<string>();
  const on: { keys: (sent: string) => void; signal: (signal: NodeJS.Signals) => void; resize: () => void } = {
    keys: () => undefined,
    signal: () => undefined,
    resize: () => undefined,
  };
  const listening =
    <Name extends keyof typeof on>(name: Name) =>
    (listener: (typeof on)[Name]) => {
      on[name] = listener;
      heard.add(name);
      return () => void heard.delete(name);
    };
  const size = { columns: 80, rows: 24 };
  const parts: TopParts = {
    hub: 'http://127.0.0.1:7700',
    me: { org: 'default', actions: [...ACTIONS] },
    colours: pc.createColors(false),
    world: {
      stdout: {
        write: (text) => void written.push(text),
        isTerminal: true,
        get columns() {
          return size.columns;
        },
        get rows() {
          return size.rows;
        },
      },
      now: () => NOW,
      readKeys: listening('keys'),
      onResize: listening('resize'),
      onStopSignal: listening('signal'),
    },
    open: (listener) => {
      const socket = new TestSocket(listener);
      sockets.push(socket);
      return socket;
    },
    after: (_ms, run) => {
      timers.push(run);
      return () => void (timers.includes(run) && timers.splice(timers.indexOf(run), 1));
    },
    random: () => 0,
    ask: (change) => {
      asked.push(change);
      return ask(change);
    },
    check,
  };
  /** What is due now; not what that brings about. */
  const elapse = (): void => {
    for (const run of timers.splice(0)) run();
  };
  const taken = (): string => written.splice(0).join('');
  return { parts, sockets, last: () => sockets.at(-1) as TestSocket, on, heard, asked, timers, elapse, taken, size };
}

describe('a terminal', () => {
  it('shows what the hub sends, and does what a key says', async () => {
    const { parts, last, on, asked, elapse, taken } = world();
    const running = runTop(parts);
    expect(taken()).toContain('connecting…');
    last().answers();
    elapse();
    expect(taken()).toContain('> asks       Upgrade the payment library');
    on.keys('2');
    expect(asked).toMatchObject([{ kind: 'answer', task: TASK, answer: 'Move over' }]);
    await Promise.resolve();
    await Promise.resolve();
    elapse();
    expect(taken()).toContain('Answered: Upgrade the payment library');
    on.keys('q');
    await running;
    expect(taken()).toBe(LEAVE);
  });

  it('draws nothing while nothing is different', async () => {
    const { parts, last, on, elapse, taken } = world();
    const running = runTop(parts);
    last().answers();
    elapse();
    taken();
    elapse();
    on.keys('k');
    expect(taken()).toBe('');
    on.keys('q');
    await running;
  });

  it('is drawn anew in another size', async () => {
    const { parts, last, on, size, elapse, taken } = world();
    const running = runTop(parts);
    last().answers();
    elapse();
    taken();
    Object.assign(size, { columns: 40, rows: 10 });
    on.resize();
    expect(taken()).toMatch(/^\u001b\[2J\u001b\[1;1H\u001b\[Kagentcom top/);
    on.keys('\u0003');
    await running;
  });

  it('goes on where it was after the hub was away, and says both', async () => {
    const { parts, sockets, last, on, elapse, taken } = world();
    const running = runTop(parts);
    last().answers();
    elapse();
    taken();
    last().listener.closed(1012);
    elapse();
    expect(taken()).toContain('reconnecting, out of date');
    expect(sockets).toHaveLength(2);
    last().listener.opened();
    last().says({ type: 'hub', ...SAID });
    expect(last().sent.map(({ from }) => from)).toEqual([7, 7, 7, 7, 7]);
    elapse();
    expect(taken()).toContain('The hub is back; this is up to date.');
    on.keys('q');
    await running;
  });

  it('is as before after a signal, with nothing left to listen to', async () => {
    const { parts, last, on, heard, timers, taken } = world();
    const running = runTop(parts);
    last().answers();
    expect(heard).toEqual(new Set(['keys', 'resize', 'signal']));
    on.signal('SIGTERM');
    await expect(running).rejects.toThrow(Interrupted);
    expect(taken().endsWith(LEAVE)).toBe(true);
    expect([heard.size, timers.length]).toEqual([0, 0]);
  });

  it('is as before when something fails in it', async () => {
    const { parts, on, taken } = world();
    const broken = new Error('broken');
    const { stdout } = parts.world;
    const running = runTop({
      ...parts,
      world: {
        ...parts.world,
        stdout: {
          write: stdout.write,
          isTerminal: true,
          columns: 80,
          get rows(): number {
            throw broken;
          },
        },
      },
    });
    await expect(running).rejects.toBe(broken);
    on.keys('q');
    expect(taken().endsWith(LEAVE)).toBe(true);
  });

  it('says what the hub refuses, and goes on', async () => {
    const { parts, last, on, elapse, taken } = world(() =>
      Promise.reject(new Error('the question was answered already')),
    );
    const running = runTop(parts);
    last().answers();
    on.keys('1');
    await Promise.resolve();
    await Promise.resolve();
    elapse();
    expect(taken()).toContain('the question was answered already');
    on.keys('q');
    await running;
  });

  it('ends when its key may not go on', async () => {
    const revoked = new CommandError(EXIT.notAllowed, 'auth.invalid', 'the key is not valid');
    const { parts, last, taken } = world(undefined, () => Promise.reject(revoked));
    const running = runTop(parts);
    last().answers();
    last().listener.closed(4003);
    await expect(running).rejects.toBe(revoked);
    expect(taken().endsWith(LEAVE)).toBe(true);
  });
});

describe('one look', () => {
  it('is what there is once every view has come', async () => {
    const { parts, last, timers, taken } = world();
    const looking = lookOnce(parts);
    last().answers();
    const { views } = await looking;
    expect([...(views.agents?.rows.keys() ?? [])]).toEqual(['roofer']);
    expect([timers, taken()]).toEqual([[], '']);
  });

  it('says that the hub sends nothing', async () => {
    const { parts, elapse, timers } = world();
    const looking = lookOnce(parts);
    elapse();
    await expect(looking).rejects.toThrow('sent nothing within 15 s');
    expect(timers).toEqual([]);
  });
});
