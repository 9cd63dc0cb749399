// The building blocks of every schema. `mustBe` completes the sentence "must be …" when a value is refused.

import type { Static, TProperties, TSchema, TSchemaOptions } from 'typebox';
import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { FAILURE_CLASSES, LANES, ROLES, RUNNERS, TASK_STATES } from './names.js';

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** The type of what a schema accepts, read-only all the way down. */
export type Data<Schema extends TSchema> = Frozen<Static<Schema>>;

/** An object that takes no other fields. */
export function closed<Properties extends TProperties>(properties: Properties, options: TSchemaOptions = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** One of the given words. */
export function oneOf<Word extends string>(words: readonly Word[], options: TSchemaOptions = {}) {
  return Type.Enum<Word[]>([...words], { type: 'string', ...options });
}

/** Text of at most so many UTF-8 bytes; by default not empty. */
export function text(maxBytes: number, options: TSchemaOptions = {}) {
  return Type.String({ minLength: 1, maxBytes, ...options });
}

/** What moves the cursor, turns the direction, or takes no room: two texts that look the same would be two. */
export const UNSEEN =
  '\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff';
/** Scripts and emoji join their characters by these; between letters of ASCII they only hide. */
const JOINER = '(?<=[^\\u0000-\\u007f])[\\u200c\\u200d](?=[^\\u0000-\\u007f])';

const LINE = `(?!\\s*$)(?:[^${UNSEEN}]|${JOINER})*`;

/** One line without characters that nobody sees, at most so many characters, not blank. */
export function line(maxLength: number, options: TSchemaOptions = {}) {
  return Type.String({
    maxLength,
    pattern: `^${LINE}$`,
    mustBe: 'one line of text, not blank, without control or invisible characters',
    ...options,
  });
}

/** Such a line, or empty, which takes away what there is. */
export function lineOrNone(maxLength: number) {
  return Type.String({
    maxLength,
    pattern: `^(?:${LINE})?$`,
    mustBe: 'one line of text without control or invisible characters, or empty for none',
  });
}

export function integer(minimum: number, maximum: number, options: TSchemaOptions = {}) {
  return Type.Integer({ minimum, maximum, ...options });
}

export function list<Item extends TSchema>(items: Item, maxItems: number, options: TSchemaOptions = {}) {
  return Type.Array(items, { maxItems, ...options });
}

/** Counts and sums in answers. */
export const Count = Type.Integer({ minimum: 0 });

export const Slug = Type.String({
  pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  mustBe: 'a name of at most 64 lower-case letters, digits and inner hyphens',
});

/** As a mail server takes it, without a name beside it. */
export const MailAddress = Type.String({
  maxLength: 254,
  pattern: '^[^\\s@<>(),;:"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$',
  mustBe: 'a mail address such as oncall@example.com',
});

export const TaskId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
  mustBe: 'a task id: a UUID of version 7 in lower case',
});

export const Timestamp = Type.String({
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:[0-5]\\d(?:\\.\\d{1,9})?Z$',
  mustBe: 'a time in UTC such as 2026-01-31T12:00:00Z',
});

/** What the sender of a request calls it; its answer carries the same back. */
export const RequestId = Type.Union(
  [
    Type.String({ minLength: 1, maxLength: LIMITS.idChars }),
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  ],
  { mustBe: `a string of 1 to ${LIMITS.idChars} characters, or a whole number` },
);
export type RequestId = Data<typeof RequestId>;

/** Random, made by whoever it names. */
export const InstanceId = Type.String({ minLength: 1, maxLength: LIMITS.idChars });

export const QuestionId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$',
  mustBe: 'at most 64 letters, digits and . _ : -, beginning with a letter or digit',
});

/** A path within a repository, as git prints it. */
export const RepoPath = Type.String({ minLength: 1, maxLength: LIMITS.pathChars });

/** `agent:<name>` or `channel:<name>`. */
export const Recipient = Type.String({
  pattern: '^(?:agent|channel):[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$',
  mustBe: 'agent:NAME or channel:NAME',
});

export const Generation = integer(1, LIMITS.sequence);
export const Sequence = integer(1, LIMITS.sequence);

export const Capability = Type.String({
  maxLength: LIMITS.capabilityChars,
  pattern: '^[a-z0-9][a-z0-9._:-]*$',
  mustBe: 'lower-case letters, digits and . _ : -, beginning with a letter or digit',
});
/** Names that an agent does not give itself: `agent:NAME` is its hub's to give, `granted:…` an invitation's. */
export function isReservedCapability(name: string): boolean {
  return name.startsWith('agent:') || name.startsWith('granted:');
}

/** What an invitation may grant. */
export const GrantableCapability = Type.String({
  maxLength: LIMITS.capabilityChars,
  pattern: '^(?!agent:)[a-z0-9][a-z0-9._:-]*$',
  mustBe:
    'lower-case letters, digits and . _ : -, beginning with a letter or digit and not with agent:, which is reserved for the hub',
});

/** What a machine may say it has when it joins. */
export const ClaimableCapability = Type.String({
  maxLength: LIMITS.capabilityChars,
  pattern: '^(?!agent:|granted:)[a-z0-9][a-z0-9._:-]*$',
  mustBe:
    'lower-case letters, digits and . _ : -, beginning with a letter or digit and not with agent: or granted:, which are reserved for the hub and invitations',
});
export const Needs = list(Capability, LIMITS.needs);
export const Capabilities = list(Capability, LIMITS.capabilities);

export const LaneName = oneOf(LANES);
export const TaskStateName = oneOf(TASK_STATES);
export const FailureClassName = oneOf(FAILURE_CLASSES);
export const RoleName = oneOf(ROLES);

/** Names what went wrong, for programs. */
export const FailureCode = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  mustBe: 'at most 64 lower-case letters, digits and . _ -, beginning with a letter or digit',
});

/** Pairs of short texts. */
export const Labels = Type.Unsafe<Record<string, string>>({
  type: 'object',
  maxProperties: LIMITS.labels,
  propertyNames: {
    type: 'string',
    maxLength: LIMITS.labelKeyChars,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
    mustBe: 'named with letters, digits and . _ : / -, beginning with a letter or digit',
  },
  additionalProperties: { type: 'string', maxLength: LIMITS.labelValueChars },
});

export const LabelFilter = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}(?:=[^\\u0000-\\u001f\\u007f]{0,256})?$',
  mustBe: 'a label, as name or name=value',
});

/** Any JSON value within the size. */
export const JsonData = Type.Unknown({ maxJsonBytes: LIMITS.dataBytes });

export const RepoUrl = Type.String({
  maxLength: LIMITS.urlChars,
  format: 'repo-url',
  mustBe:
    'a repository address without a password or token: https://, http://, ssh://, git@host:path, alias:path or file:///absolute/path',
});

/** Addresses of repositories, where `*` matches any text. */
export const RepositoryPatterns = list(line(LIMITS.urlChars), LIMITS.repositoryPatterns, { minItems: 1 });

/** What an invitation binds the agents that join by it to; absent: no bound. */
export const agentBounds = {
  /** The kinds of runners that they may offer. */
  runners: Type.Optional(list(oneOf(RUNNERS), RUNNERS.length, { minItems: 1 })),
  /** They are offered, and may submit, only tasks of these. */
  repositories: Type.Optional(RepositoryPatterns),
};

export const BranchName = Type.String({
  maxLength: LIMITS.refChars,
  format: 'git-branch',
  mustBe: 'a branch name that git accepts and that does not begin with a hyphen',
});

export const GitRef = Type.String({
  maxLength: LIMITS.refChars,
  format: 'git-ref',
  mustBe: 'a full git reference, beginning with refs/',
});

export const Commit = Type.String({
  pattern: '^(?:[0-9a-f]{40}|[0-9a-f]{64})$',
  mustBe: 'a full commit id of 40 or 64 lower-case hex digits',
});

export const WebUrl = Type.String({
  maxLength: LIMITS.urlChars,
  pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s\\u0000-\\u001f\\u007f@]+$',
  mustBe: 'an http:// or https:// address without credentials',
});

export const IdempotencyKey = Type.String({
  pattern: `^[\\x21-\\x7e]{1,${LIMITS.idempotencyKeyChars}}$`,
  mustBe: `1 to ${LIMITS.idempotencyKeyChars} printable ASCII characters without spaces`,
});

/** SHA-256 of a text, in lower-case hex. */
export const Digest = Type.String({ pattern: '^[0-9a-f]{64}$', mustBe: 'a SHA-256: 64 lower-case hex digits' });

/** SHA-256 of a whole key, in lower-case hex. */
export const KeyHash = Type.String({
  pattern: '^[0-9a-f]{64}$',
  mustBe: 'the SHA-256 of the key: 64 lower-case hex digits',
});
