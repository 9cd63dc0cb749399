// Who made something, by name: the hub says `key:ID` or `person:ID`.

import type { KeyPage, KeyView, MemberPage, MemberView } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { call } from '../../api/client.js';
import { may, me } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { settingsTexts as texts } from '../../texts/settings.js';
import { nameOfCaller } from '../../ui/callers.js';
import { everyPage } from '../../ui/every-page.js';
import { useResource } from '../../ui/resource.js';

const ID_END = 8;

/** Who is not among these is called by the end of its id, as lists show it. Pure. */
export function nameOf(
  by: string,
  keys: readonly Pick<KeyView, 'id' | 'name'>[],
  members: readonly Pick<MemberView, 'id' | 'name' | 'email'>[],
): string {
  const [kind, id = ''] = by.split(/:(.*)/s);
  if (kind === 'key') return nameOfCaller({ by, byName: keys.find((key) => key.id === id)?.name }, undefined);
  if (kind !== 'person') return by;
  const member = members.find((one) => one.id === id);
  return member === undefined ? texts.personGone(`…${id.slice(-ID_END)}`) : member.name || member.email;
}

type Cursor = { readonly cursor?: string };

interface Lists {
  readonly keys: (cursor: Cursor) => Promise<Pick<KeyPage, 'items' | 'nextCursor'>>;
  readonly members: (cursor: Cursor) => Promise<Pick<MemberPage, 'items' | 'nextCursor'>>;
}

/** All of them, however many pages that takes; where one list cannot be had, the other still names some. */
export async function knownNames({ keys, members }: Lists): Promise<(by: string) => string> {
  const all = await Promise.all([
    everyPage<KeyView>(keys).catch(() => []),
    everyPage<MemberView>(members).catch(() => []),
  ]);
  return (by) => nameOf(by, ...all);
}

/** As far as whoever looks sees keys and members. */
export function useNames(): (by: string) => string {
  const none = async () => ({ items: [], nextCursor: null });
  const page = { limit: LIMITS.pageItems };
  const { value } = useResource(
    (signal) =>
      knownNames({
        keys: (cursor) => (may('keys.manage') ? call('key.list', { query: { ...page, ...cursor }, signal }) : none()),
        members: (cursor) =>
          may('members.read') ? call('member.list', { query: { ...page, ...cursor }, signal }) : none(),
      }),
    [],
  );
  return (by) => (by === me.value?.caller ? common.you : (value.value?.(by) ?? '…'));
}
