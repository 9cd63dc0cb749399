// The telemetry events as lines of the log. A busy hub writes tens of thousands a second, so a line is put together from parts that are made
// once, and what became durable together is written together.

import {
  type HubComponent,
  type Log,
  type LogOutput,
  TELEMETRY_EVENTS,
  type TelemetryEvent,
  type TelemetryEventName,
  type TelemetryRecord,
} from '@agentcom/schemas';
import { iso } from '../core/iso.js';
import { Sampler } from './sampler.js';

/** Needs no escape in JSON. */
const PLAIN = /^[\w .:@/+-]*$/;

interface Parts {
  readonly log: Log;
  readonly level: TelemetryEvent['level'];
  /** Before and after the time. */
  readonly head: string;
  readonly about: string;
  readonly isSampled: boolean;
}

export class TelemetryLog {
  readonly #write: LogOutput['write'];
  readonly #parts: ReadonlyMap<TelemetryEventName, Parts>;
  readonly #sampler = new Sampler();
  #lines = '';
  #arePlain = true;
  #time = '';
  #timeOf = Number.NaN;

  /** `hub` is this hub's id. */
  constructor({ log, write }: Pick<LogOutput, 'log' | 'write'>, hub: string) {
    this.#write = write;
    const logs = new Map<HubComponent, Log>();
    this.#parts = new Map(
      (Object.keys(TELEMETRY_EVENTS) as TelemetryEventName[]).map((name) => {
        const { component, level, message, isSampled }: TelemetryEvent = TELEMETRY_EVENTS[name];
        const own = logs.get(component) ?? log.child({ component });
        logs.set(component, own);
        const about = JSON.stringify({ component, hub, event: name, msg: message }).slice(1, -1);
        return [
          name,
          { log: own, level, head: `{"level":"${level}","time":"`, about: `",${about}`, isSampled: isSampled === true },
        ];
      }),
    );
  }

  /** `now` is the wall's time, ms. The line is kept until `flush`. */
  record({ event, org, taskId, agentId, generation, fields }: TelemetryRecord, now: number): void {
    const parts = this.#parts.get(event);
    if (parts === undefined || !parts.log.isOn(parts.level)) return;
    const omitted = parts.isSampled
      ? this.#sampler.take(`${event} ${org} ${taskId ?? JSON.stringify(fields)}`, now)
      : 0;
    if (omitted === undefined) return;
    let line = parts.head + this.#timeAt(now) + parts.about;
    if (org !== undefined) line += `,"org":${this.#quoted(org)}`;
    if (taskId !== undefined) line += `,"taskId":${this.#quoted(taskId)}`;
    if (agentId !== undefined) line += `,"agentId":${this.#quoted(agentId)}`;
    if (generation !== undefined) line += `,"generation":${generation}`;
    for (const name in fields) {
      const value = fields[name as keyof typeof fields] as string | number | boolean | undefined;
      if (value !== undefined) line += `,"${name}":${typeof value === 'string' ? this.#quoted(value) : value}`;
    }
    if (omitted > 0) line += `,"omitted":${omitted}`;
    this.#lines += `${line}}\n`;
  }

  flush(): void {
    if (this.#lines === '') return;
    this.#write(this.#lines, this.#arePlain);
    this.#lines = '';
    this.#arePlain = true;
  }

  #quoted(text: string): string {
    if (PLAIN.test(text)) return `"${text}"`;
    this.#arePlain = false;
    return JSON.stringify(text);
  }

  #timeAt(now: number): string {
    if (now !== this.#timeOf) {
      this.#timeOf = now;
      this.#time = iso(now);
    }
    return this.#time;
  }
}
