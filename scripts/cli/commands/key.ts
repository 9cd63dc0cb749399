// `agentcom key …`: make keys for people and programs, list, rotate and revoke them.

import type { KeyView, RotatedKey } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { MEMBER_ROLES, type MemberRole, SCOPES, type Scope } from '@agentcom/schemas/names';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages.js';
import type { HubClient } from '../client.js';
import { CommandError } from '../exit.js';
import { FULL_ID, listedOne } from '../ids.js';
import type { Cli, Invocation } from '../invocation.js';
import { type Column, fields, table } from '../layout.js';
import {
  appendValue,
  type PagingFlags,
  pagingOf,
  parseListOf,
  timeSpan,
  wholeNumber,
  withExamples,
  withPaging,
} from '../options.js';
import { nextPage } from '../output.js';
import { ago, oneLine } from '../text.js';

export function defineKey(command: Command, cli: Cli): void {
  addCreate(command, cli);
  addList(command, cli);
  addRotate(command, cli);
  addRevoke(command, cli);
}

interface CreateFlags {
  readonly role: MemberRole;
  readonly ttl?: number;
  readonly scope?: readonly Scope[];
  readonly repo?: readonly string[];
  readonly rateMultiplier?: number;
}

function addCreate(key: Command, cli: Cli): void {
  const command = key
    .command('create <name>')
    .description('create a key; it is shown only once')
    .addOption(new Option('--role <role>', 'what the key may do').choices(MEMBER_ROLES).default('submitter'))
    .option('--ttl <time>', 'how long it is valid, such as 12h or 30d (forever)', timeSpan(60, LIMITS.keyTtlSeconds))
    .option('--scope <names>', `limit it to: ${SCOPES.join(', ')}`, parseListOf(SCOPES))
    .option('--rate-multiplier <n>', 'multiply its rate limits by this (1)', wholeNumber(1, LIMITS.rateMultiplier))
    .option('--repo <pattern>', 'limit it to matching repositories (* is any text); repeat for several', appendValue);
  withExamples(
    command,
    'agentcom key create ci',
    'agentcom key create wall --role viewer --ttl 1d',
    'agentcom key create shop --scope tasks:read,tasks:write --repo "https://git.example.org/shop/*"',
  ).action(
    cli.act(async (invocation: Invocation, name: string, { role, ttl, scope, repo, rateMultiplier }: CreateFlags) => {
      const body = {
        role,
        name,
        ...(ttl !== undefined && { ttlSeconds: ttl }),
        ...(scope !== undefined && { scopes: scope }),
        ...(repo !== undefined && { repositories: repo }),
        ...(rateMultiplier !== undefined && { rateMultiplier }),
      };
      const { out } = invocation;
      const made = await (await invocation.client()).call('key.create', { body });
      out.answer(made, () =>
        fields(out, [
          ['id', made.id],
          ['role', made.role],
          ['scopes', made.scopes?.join(', ')],
          ['repositories', made.repositories?.join(', ')],
          ['limits', made.rateMultiplier === undefined ? undefined : `${made.rateMultiplier} times the usual`],
          ['key', `${out.colours.bold(oneLine(made.key))}  (shown only once)`],
        ]),
      );
      return undefined;
    }),
  );
}

function addList(key: Command, cli: Cli): void {
  const command = withPaging(key.command('list').description('list keys, oldest first'));
  withExamples(command, 'agentcom key list').action(
    cli.act(async (invocation: Invocation, flags: PagingFlags) => {
      const { out, world } = invocation;
      const page = await (await invocation.client()).call('key.list', { query: pagingOf(flags) });
      const now = world.now();
      out.answer(page, () => {
        const columns: readonly Column<KeyView>[] = [
          { head: 'ID', of: ({ id }) => id },
          { head: 'KEY', of: ({ hint }) => (hint === undefined ? '-' : `${hint}…`) },
          { head: 'ROLE', of: roleText },
          { head: 'NAME', of: ({ name }) => name },
          { head: 'USED', of: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : ago(lastUsedAt, now)) },
          { head: 'EXPIRES', of: (key) => endOf(key, now) },
        ];
        return table(out, page.items, columns, 'no keys') + nextPage(page);
      });
      return undefined;
    }),
  );
}

/** A star where it is limited to less than the role may. */
function roleText({ role, scopes, repositories }: KeyView): string {
  return scopes === undefined && repositories === undefined ? role : `${role}*`;
}

function endOf({ expiresAt, revokedAt }: KeyView, now: number): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt === undefined ? 'never' : ago(expiresAt, now);
}

/** Also by a part that begins or ends it. */
async function keyId(client: HubClient, given: string): Promise<string> {
  return FULL_ID.test(given) ? given : listedOne('key', given, await allKeys(client)).id;
}

function allKeys(client: HubClient): Promise<readonly KeyView[]> {
  return allPages((page) => client.call('key.list', { query: page }));
}

interface RotateFlags {
  readonly overlap?: number;
}

function addRotate(key: Command, cli: Cli): void {
  const command = key
    .command('rotate')
    .description('replace a key; the old one keeps working for a while')
    .argument('<id>', 'its id, or the beginning or end of it')
    .option(
      '--overlap <time>',
      'how long the old key keeps working, such as 0s, 1h or 7d (1d)',
      timeSpan(0, LIMITS.rotationOverlapSeconds),
    );
  withExamples(
    command,
    'agentcom key rotate 019a8f6c-0000-7000-8000-000000000001',
    'agentcom key rotate 019a8f6c-0000-7000-8000-000000000001 --overlap 7d',
  ).action(
    cli.act(async (invocation: Invocation, id: string, { overlap }: RotateFlags) => {
      const { out } = invocation;
      const client = await invocation.client();
      const body = overlap === undefined ? {} : { overlapSeconds: overlap };
      const made = await client.call('key.rotate', { path: { id: await keyId(client, id) }, body });
      out.answer(made, () => rotatedText(invocation, made));
      return undefined;
    }),
  );
}

function rotatedText({ out, world }: Invocation, made: RotatedKey): string {
  return fields(out, [
    ['id', made.id],
    ['key', `${out.colours.bold(oneLine(made.key))}  (shown only once)`],
    ['old key', `ends ${ago(made.oldExpiresAt, world.now())}`],
  ]);
}

/** Whether it was in force until now. */
async function revoke(client: HubClient, id: string): Promise<boolean> {
  try {
    await client.call('key.revoke', { path: { id } });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'key.not_found') throw error;
    const known = (await allKeys(client)).find((key) => key.id === id);
    if (known?.revokedAt === undefined) throw error;
    return false;
  }
}

function addRevoke(key: Command, cli: Cli): void {
  const command = key
    .command('revoke')
    .description('revoke a key, with immediate effect')
    .argument('<id>', 'its id, or the beginning or end of it');
  withExamples(command, 'agentcom key revoke 019a8f6c-0000-7000-8000-000000000001').action(
    cli.act(async (invocation: Invocation, id: string) => {
      const client = await invocation.client();
      const key = await keyId(client, id);
      const isNew = await revoke(client, key);
      invocation.out.answer({ revoked: key }, () =>
        isNew ? `Revoked key ${key}.` : `Key ${key} was already revoked.`,
      );
      return undefined;
    }),
  );
}
