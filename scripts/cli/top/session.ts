// `agentcom top` while it runs: what comes from the hub and from the keyboard goes through the state, and what is different is drawn.

import type { Me } from '@agentcom/schemas';
import { LiveConnection, type Socket, type SocketListener } from '@agentcom/schemas/live-connection';
import { CommandError, EXIT, Interrupted } from '../exit.js';
import type { Colours } from '../output.js';
import type { World } from '../world.js';
import { keysOf } from './keys.js';
import { follow, isWhole } from './looking.js';
import { firstState, type TopState, withConnection } from './model.js';
import { Screen } from './screen.js';
import { type Change, settled, step } from './step.js';
import { screenOf } from './view.js';

const CLOCK_MS = 1_000;
/** Changes that come in quick succession are drawn together. */
const DRAW_MS = 30;
/** Of one look without a terminal. */
const LOOK_MS = 15_000;

export interface TopParts {
  readonly hub: string;
  readonly me: Pick<Me, 'org' | 'actions'>;
  readonly colours: Colours;
  readonly world: Pick<World, 'stdout' | 'now' | 'readKeys' | 'onResize' | 'onStopSignal'>;
  readonly open: (listener: SocketListener) => Socket;
  /** Runs it later; what is returned takes that back. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly random: () => number;
  /** Asks the hub for it; rejects with what it says. */
  readonly ask: (change: Change) => Promise<unknown>;
  /** Rejects where the key may not go on. */
  readonly check: () => Promise<unknown>;
}

/** What both a screen and one look have: a state that follows the hub. */
class Following {
  readonly #parts: TopParts;
  readonly #connection: LiveConnection;
  state: TopState;
  onChange: () => void = () => undefined;
  onEnd: (error: CommandError) => void = () => undefined;

  constructor(parts: TopParts) {
    this.#parts = parts;
    const { hub, me, open, after, random, check } = parts;
    this.state = firstState(hub, me.org, me.actions);
    this.#connection = new LiveConnection({
      open,
      after,
      random,
      onRefused: () =>
        void check().catch((error: unknown) => {
          if (error instanceof CommandError && error.exit === EXIT.notAllowed) this.onEnd(error);
        }),
      onChange: () => this.#onConnection(),
    });
    follow(this.#connection, (next) => this.change(next));
  }

  change(next: (state: TopState) => TopState): void {
    this.state = next(this.state);
    this.onChange();
  }

  start(): void {
    this.#connection.start();
  }

  stop(): void {
    this.#connection.stop();
  }

  #onConnection(): void {
    const { state, hub } = this.#connection;
    this.change((before) => withConnection(before, state, hub, this.#parts.world.now()));
  }
}

/** The state once every view has come. Throws 69 when that takes too long. */
export async function lookOnce(parts: TopParts): Promise<TopState> {
  const following = new Following(parts);
  let forget: () => void = () => undefined;
  try {
    return await new Promise<TopState>((resolve, reject) => {
      const late = new CommandError(
        EXIT.unreachable,
        'hub.unreachable',
        `${parts.hub} sent nothing within ${LOOK_MS / 1_000} s`,
        {
          remedy: 'Check what `agentcom status` says, then try again.',
        },
      );
      forget = parts.after(LOOK_MS, () => reject(late));
      following.onEnd = reject;
      following.onChange = () => {
        if (isWhole(following.state)) resolve(following.state);
      };
      following.start();
    });
  } finally {
    forget();
    following.stop();
  }
}

/** Until the person quits, a signal comes (`Interrupted`) or the key may not go on; the terminal is as before then. */
export async function runTop(parts: TopParts): Promise<void> {
  const { world, colours, after, ask } = parts;
  const screen = new Screen(world.stdout);
  const following = new Following(parts);
  const cleanUp: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      /** What fails here must not leave the terminal as it is. */
      const guarded =
        <Args extends readonly unknown[]>(run: (...args: Args) => void) =>
        (...args: Args): void => {
          try {
            run(...args);
          } catch (error) {
            reject(error);
          }
        };
      let isDrawing = false;
      const draw = guarded(() => {
        const { columns, rows } = world.stdout;
        screen.draw(screenOf(following.state, { columns, rows }, colours, world.now()));
      });
      const drawSoon = (): void => {
        if (isDrawing) return;
        isDrawing = true;
        cleanUp.push(
          after(DRAW_MS, () => {
            isDrawing = false;
            draw();
          }),
        );
      };
      const redraw = (): void => {
        screen.forget();
        draw();
      };
      const onKey = (key: string): void => {
        const { state, effect } = step(following.state, key);
        following.change(() => state);
        if (effect === undefined) return;
        if (effect.kind === 'quit') return resolve();
        if (effect.kind === 'redraw') return redraw();
        const end = (failure?: string): void => following.change((now) => settled(now, effect, failure, world.now()));
        ask(effect).then(
          () => end(),
          (error: unknown) => end(error instanceof Error ? error.message : String(error)),
        );
      };
      following.onChange = drawSoon;
      following.onEnd = reject;
      cleanUp.push(
        world.onStopSignal((signal) => reject(new Interrupted(signal))),
        world.onResize(guarded(redraw)),
        world.readKeys(
          guarded((sent) => {
            for (const key of keysOf(sent)) onKey(key);
            draw();
          }),
        ),
        everySecond(after, draw),
      );
      screen.open();
      following.start();
      draw();
    });
  } finally {
    following.stop();
    for (const undo of cleanUp.reverse()) undo();
    screen.close();
  }
}

function everySecond(after: TopParts['after'], run: () => void): () => void {
  let forget: () => void = () => undefined;
  const again = (): void => {
    forget = after(CLOCK_MS, () => {
      run();
      again();
    });
  };
  again();
  return () => forget();
}
