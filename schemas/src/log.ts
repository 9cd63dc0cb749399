// The log of hub and sidecar: one JSON object a line. What a line is about is attached by child loggers where it enters, and each component
// has a level that can be changed while its lines are written.

/** From the gravest to the most talkative, with pino's numbers. */
const WEIGHTS = { fatal: 60, error: 50, warn: 40, info: 30, debug: 20, trace: 10 } as const;

export const LOG_LEVELS = [
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
] as const satisfies (keyof typeof WEIGHTS)[];
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Which part of a hub wrote a line. */
export const HUB_COMPONENTS = [
  'hub',
  'coordinator',
  'journal',
  'nats',
  'http',
  'sockets',
  'tasks',
  'agents',
  'security',
  'output',
  'messages',
  'maintenance',
] as const;
export type HubComponent = (typeof HUB_COMPONENTS)[number];

/** Which part of a sidecar wrote a line. */
export const SIDECAR_COMPONENTS = ['sidecar', 'link', 'job', 'git', 'runner', 'output', 'agent-api'] as const;
export type SidecarComponent = (typeof SIDECAR_COMPONENTS)[number];

/** What a line can be about, spelled the same everywhere. */
export interface LogSubject {
  readonly component?: HubComponent | SidecarComponent;
  readonly hub?: string;
  readonly org?: string;
  readonly taskId?: string;
  readonly agentId?: string;
  readonly generation?: number;
  readonly traceId?: string;
  /** Of the catalogue of telemetry events. */
  readonly event?: string;
}

export interface LogWriter {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Log extends LogWriter {
  /** Every line of it is about `subject` too. With a `component`, that one's level counts. */
  child(subject: LogSubject): Log;
  /** Whether a line of this level is written now; ask before making a costly one. */
  isOn(level: LogLevel): boolean;
}

/** The part of pino's loggers that is used. */
export interface LineLogger extends LogWriter {
  child(bindings: object): LineLogger;
}

/** The levels that count now, by component. */
export class LogThresholds {
  readonly #byComponent = new Map<string, { weight: number }>();
  readonly #others: { weight: number };
  #components: Readonly<Record<string, LogLevel | undefined>> = {};

  #level: LogLevel;

  constructor(level: LogLevel) {
    this.#level = level;
    this.#others = { weight: WEIGHTS[level] };
  }

  /** From now on: `components` names the levels of those that do not have `level`. */
  set(level: LogLevel, components: Readonly<Record<string, LogLevel | undefined>>): void {
    this.#level = level;
    this.#components = components;
    this.#others.weight = WEIGHTS[level];
    for (const [component, threshold] of this.#byComponent) threshold.weight = this.#weightOf(component);
  }

  /** Changes with `set`. */
  of(component: string | undefined): { readonly weight: number } {
    if (component === undefined) return this.#others;
    let threshold = this.#byComponent.get(component);
    if (threshold === undefined) {
      threshold = { weight: this.#weightOf(component) };
      this.#byComponent.set(component, threshold);
    }
    return threshold;
  }

  #weightOf(component: string): number {
    return WEIGHTS[this.#components[component] ?? this.#level];
  }
}

/** Writes what its component's level lets through; `lines` itself must let everything through. */
export class ThresholdLog implements Log {
  readonly #thresholds: LogThresholds;
  readonly #threshold: { readonly weight: number };
  /** Made when something is written: most sockets never write a line. */
  #make: (() => LineLogger) | undefined;
  #made: LineLogger | undefined;

  constructor(
    lines: LineLogger | (() => LineLogger),
    thresholds: LogThresholds,
    threshold: { readonly weight: number } = thresholds.of(undefined),
  ) {
    if (typeof lines === 'function') this.#make = lines;
    else this.#made = lines;
    this.#thresholds = thresholds;
    this.#threshold = threshold;
  }

  debug(fields: object, message: string): void {
    if (this.isOn('debug')) this.#lines.debug(fields, message);
  }

  info(fields: object, message: string): void {
    if (this.isOn('info')) this.#lines.info(fields, message);
  }

  warn(fields: object, message: string): void {
    if (this.isOn('warn')) this.#lines.warn(fields, message);
  }

  error(fields: object, message: string): void {
    if (this.isOn('error')) this.#lines.error(fields, message);
  }

  isOn(level: LogLevel): boolean {
    return WEIGHTS[level] >= this.#threshold.weight;
  }

  child(subject: LogSubject): ThresholdLog {
    const threshold = subject.component === undefined ? this.#threshold : this.#thresholds.of(subject.component);
    return new ThresholdLog(() => this.#lines.child(subject), this.#thresholds, threshold);
  }

  get #lines(): LineLogger {
    const lines = this.#made ?? this.#make?.();
    if (lines === undefined) throw new Error('a log has no lines');
    this.#made = lines;
    this.#make = undefined;
    return lines;
  }
}

/** Where all that a program logs goes. */
export interface LogOutput {
  readonly log: Log;
  readonly thresholds: LogThresholds;
  /** Lines that were made elsewhere, each one JSON object with its newline; `arePlain` if they have no character beyond ASCII and no DEL. */
  write(lines: string, arePlain: boolean): void;
}
