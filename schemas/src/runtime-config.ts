// The config: every value that changes what the hub decides, with its meaning, bounds and default. It is kept in the journal, the same for
// every hub, and changed while they run. What one process needs to start is a setting instead (`programs.ts`).

import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { AlertRulesConfig } from './alert-rules.js';
import { LIMITS } from './limits.js';
import { HUB_COMPONENTS, type HubComponent, LOG_LEVELS } from './log.js';
import type { QuotaName } from './names.js';
import { closed, type Data, integer, oneOf } from './primitives.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function whole(description: string, byDefault: number, minimum: number, maximum: number) {
  return integer(minimum, maximum, { description, default: byDefault });
}

function amount(description: string) {
  return whole(description, LIMITS.amount, 1, LIMITS.amount);
}

function yesOrNo(description: string, byDefault: boolean) {
  return Type.Boolean({ description, default: byDefault });
}

/** `default` leaves it to what is above it. */
function logLevel(description: string) {
  return oneOf(['default', ...LOG_LEVELS], { description, default: 'default' });
}

/** How often one caller may do something: a bucket of `burst` that refills at `perMinute`. */
function rate(of: string, perMinute: number, burst: number) {
  return closed({
    perMinute: whole(`${of}, per minute.`, perMinute, 1, 10_000_000),
    burst: whole(`${of}, in one burst.`, burst, 1, 1_000_000),
  });
}

export const Config = closed({
  tasks: closed({
    acceptTimeoutSeconds: whole(
      'An offer that is not accepted within this time goes back to the queue.',
      MINUTE,
      1,
      HOUR,
    ),
    runTimeoutSeconds: whole(
      'How long an agent may run in one attempt, for tasks without their own limit.',
      2 * HOUR,
      1,
      7 * DAY,
    ),
    blockedTimeoutSeconds: whole(
      'A question that nobody answers within this time fails the attempt.',
      DAY,
      1,
      30 * DAY,
    ),
    offlineGraceSeconds: whole('How long an agent may be disconnected before its attempt is lost.', 2 * MINUTE, 1, DAY),
    stopGraceSeconds: whole('How long an agent may take to stop work that was taken from it.', MINUTE, 1, HOUR),
    agingStepSeconds: whole('A waiting task moves up one lane each time this passes.', 15 * MINUTE, 1, 7 * DAY),
    maxOffers: whole('Offers that nobody accepts, or failed starts in a row, before a task is dead.', 20, 1, 1000),
    maxAttempts: whole('Attempts, for tasks without their own limit.', 3, 1, 100),
    retryBaseSeconds: whole('Longest delay after the first failed attempt; it doubles with each failure.', 5, 1, HOUR),
    retryCapSeconds: whole('Upper limit of that delay.', 10 * MINUTE, 1, DAY),
    passOverBaseSeconds: whole(
      'How long an agent that declined a task is not offered it again; it doubles each time.',
      5,
      1,
      HOUR,
    ),
    passOverCapSeconds: whole('Upper limit of that time.', 10 * MINUTE, 1, DAY),
    mayAgentsSubmit: yesOrNo('Whether agents may submit tasks with their own keys.', true),
  }),
  retention: closed({
    finishedSeconds: whole('Finished tasks move from memory to the archive after this time.', 7 * DAY, 1, 365 * DAY),
    finishedTasks: whole('At most this many finished tasks stay in memory.', 100_000, 0, 10_000_000),
    idempotencySeconds: whole('How long an idempotency key is remembered.', DAY, DAY, 30 * DAY),
  }),
  compaction: closed({
    enabled: yesOrNo('Whether the hub compacts by itself, beyond what it does after each snapshot.', true),
    hour: whole('The quiet hour of the day (UTC) for it.', 3, 0, 23),
    heldMibMin: whole('It is left out while less is held by purged or superseded data, in MiB.', 64, 0, 1_048_576),
    heldPercent: whole(
      'It is done in the quiet hour when this share of the journal and its snapshots is held by such data, in percent.',
      25,
      1,
      100,
    ),
    urgentHeldPercent: whole('From this share on it is done at any hour.', 75, 1, 100),
  }),
  quotas: closed({
    members: whole('Members of an organisation, with open invitations.', 1_000, 1, 1_000_000),
    agents: whole('Agents of an organisation.', 10_000, 1, 1_000_000),
    connections: whole('Agents of an organisation that are connected at once.', 10_000, 1, 1_000_000),
    keys: whole('Keys of an organisation that are valid, without those of agents.', 10_000, 1, 1_000_000),
    queuedTasks: whole('Tasks of an organisation that are queued, scheduled or waiting.', 1_000_000, 1, 100_000_000),
    tasksPerDay: whole('Tasks that an organisation submits in a day (UTC).', 10_000_000, 1, 1_000_000_000),
    costMicrosPerDay: amount(
      'What the attempts of an organisation may cost in a day (UTC), in millionths, before it can submit no more tasks.',
    ),
    costMicrosPerMonth: amount('The same for a month (UTC).'),
    storedBytes: amount(
      'Bytes of the prompts, data and results of the tasks of an organisation that are not archived.',
    ),
  } satisfies Record<QuotaName, unknown>),
  spending: closed({
    timeZone: Type.String({
      maxLength: 64,
      pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$',
      mustBe: 'the name of a time zone such as Europe/Berlin',
      description: 'The time zone of the days and months of spend limits; it counts from the next day or month on.',
      default: 'UTC',
    }),
    estimateCostMicros: whole(
      'What a task reserves of the spend limits that it is under while it runs, in millionths, where no task like it has ended yet.',
      1_000_000,
      0,
      LIMITS.amount,
    ),
    estimateTokens: whole('The same in tokens.', 500_000, 0, LIMITS.amount),
  }),
  limits: closed({
    messages: rate('Messages sent by one key or agent', 60, 60),
    submissions: rate('Tasks submitted, cancelled, answered or requeued by one key or agent', 60, 120),
    channels: rate('Channels joined, left or read by one agent', 30, 30),
    reports: rate('Reports, output and heartbeats of one agent; more are slowed, never refused', 12_000, 500),
    reads: rate('Reads by one key or agent', 600, 200),
    admin: rate('Changes of agents, keys, enrolments, backups and the config by one key', 30, 30),
    organisationShare: whole(
      'How many times the limits of one key or agent its organisation has, for all of them together.',
      20,
      1,
      100_000,
    ),
    frames: rate('WebSocket frames of one agent, of every kind', 60_000, 500),
    readKib: rate('KiB read from one key or agent, of every kind', 60_000, 4_096),
    connects: rate('Connections opened by one agent', 60, 30),
    enrolments: rate('Enrolments, registrations and sign-ins from one address', 60, 60),
    downloads: rate('Downloads by joining machines from one address', 300, 300),
    anonymous: rate('Other requests from one address that show no valid key', 6_000, 1_000),
    violations: rate('Refused frames and requests of one key or agent that are forgiven', 60, 100),
  }),
  log: closed({
    level: logLevel('How much is logged; by default what each hub was started with (`--log-level`).'),
    components: closed(
      Object.fromEntries(
        HUB_COMPONENTS.map((name) => [name, logLevel(`The same for ${name} alone; by default \`log.level\`.`)]),
      ) as Record<HubComponent, ReturnType<typeof logLevel>>,
    ),
  }),
  alerts: closed({
    evaluateSeconds: whole('How often the rules are evaluated.', 15, 1, MINUTE),
    rules: AlertRulesConfig,
  }),
});
export type Config = Data<typeof Config>;

/** The part of the config that differs from the defaults. */
export type ConfigOverrides = Overrides<Config>;
type Overrides<T> = T extends Value ? T : { readonly [K in keyof T]?: Overrides<T[K]> };

/** A JSON merge patch (RFC 7396) of the overrides: null gives a value its default back. */
export type ConfigPatch = Patch<Config>;
type Value = number | boolean | string;
type Patch<T> = T extends Value ? T | null : { readonly [K in keyof T]?: Patch<T[K]> };

/** What we read of the schema. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly mustBe?: string;
  readonly default?: Value;
  readonly description?: string;
}

export const ConfigPatch = Type.Unsafe<ConfigPatch>(patchSchema(Config as Shape));

/** Types side by side instead of `anyOf`: the patch has hundreds of values, and compiles in half the time, in which the hub does nothing else. */
function patchSchema({ type, properties, minimum, maximum, enum: words, description, ...text }: Shape): TSchema {
  if (words !== undefined) {
    return Type.Unsafe<string | null>({
      type: ['string', 'null'],
      enum: [...words, null],
      mustBe: `one of ${words.join(', ')}, or null for the default`,
      description,
    });
  }
  if (type === 'boolean') {
    return Type.Unsafe<boolean | null>({
      type: [type, 'null'],
      mustBe: 'true, false, or null for the default',
      description,
    });
  }
  if (type === 'string') {
    const { pattern, maxLength, mustBe } = text;
    return Type.Unsafe<string | null>({
      type: [type, 'null'],
      maxLength,
      pattern,
      mustBe: `${mustBe}, or null for the default`,
      description,
    });
  }
  if (properties === undefined) {
    return Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      minimum,
      maximum,
      mustBe: `a whole number from ${minimum} to ${maximum}, or null for the default`,
      description,
    });
  }
  const parts = Object.entries(properties).map(([name, shape]) => [name, Type.Optional(patchSchema(shape))]);
  return closed(Object.fromEntries(parts) as Record<string, TSchema>);
}

/** One value of the config. */
export interface ConfigValue {
  /** `tasks.maxOffers` */
  readonly key: string;
  readonly byDefault: Value;
  /** Of a number. */
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a word. */
  readonly words?: readonly string[];
  readonly description: string;
}

/** Every value, in the order of the schema. */
export const CONFIG_VALUES: readonly ConfigValue[] = leaves(Config as Shape, []);

function leaves(shape: Shape, path: readonly string[]): ConfigValue[] {
  const { properties, default: byDefault = 0, minimum, maximum, enum: words, description = '' } = shape;
  if (properties === undefined) {
    const bounds = {
      ...(minimum !== undefined && { minimum }),
      ...(maximum !== undefined && { maximum }),
      ...(words !== undefined && { words }),
    };
    return [{ key: path.join('.'), byDefault, ...bounds, description }];
  }
  return Object.entries(properties).flatMap(([name, inner]) => leaves(inner, [...path, name]));
}

/** The whole config: the defaults, but for what is overridden. */
export function configWith(overrides: ConfigOverrides): Config {
  return filled(Config as Shape, overrides) as Config;
}

function filled(shape: Shape, given: unknown): unknown {
  if (shape.properties === undefined) return given ?? shape.default;
  const parts = Object.entries(shape.properties).map(([name, inner]) => {
    const part = (given as Readonly<Record<string, unknown>> | undefined)?.[name];
    return [name, filled(inner, part)];
  });
  return Object.fromEntries(parts);
}
