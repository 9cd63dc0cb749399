// Everything a command touches outside itself. `main` passes the real process; tests pass their own.

export interface Terminal {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in columns; 80 when it is not a terminal. */
  readonly columns: number;
  /** Height in lines; 24 when it is not a terminal. */
  readonly rows: number;
}

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  readonly version: string;
  /** The compiled `main.js`, which a command starts again as a child process. */
  readonly entry: string;
  /** How a person starts this command from here: `agentcom`, `npx agentcom`, or a path. */
  readonly self: string;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
  /** Whether a question can be put to a person. */
  readonly canAsk: boolean;
  /** All of standard input, at most so many bytes; more is an error. */
  readStdin(maxBytes: number): Promise<string>;
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls `handler` at every SIGINT, SIGTERM and SIGHUP until the returned function is called. */
  onStopSignal(handler: (signal: NodeJS.Signals) => void): () => void;
  /** Gives what is typed, as the terminal sends it and without showing it, until the returned function is called. */
  readKeys(heard: (sent: string) => void): () => void;
  /** Calls `handler` whenever the terminal has another size, until the returned function is called. */
  onResize(handler: () => void): () => void;
  /** Ends the prompt that waits for a person, as Ctrl-C at the terminal does. */
  cancelPrompt(): void;
  /** Resolves when the process that started this one, and holds a channel to it, is gone. */
  readonly parentGone: Promise<void>;
  /** Ends the process at once, for a second signal. */
  exitNow(code: number): void;
}
