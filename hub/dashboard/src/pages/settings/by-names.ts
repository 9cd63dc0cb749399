// Who made something, by name: the hub says `key:ID` or `person:ID`.

import type { KeyView, MemberView } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { may, me } from '../../session.js';
import { settingsTexts as texts } from '../../texts/settings.js';
import { usePaged } from '../../ui/paged.js';

const ID_END = 8;

/** Who is not among these is called by the end of its id, as lists show it. Pure. */
export function nameOf(
  by: string,
  keys: readonly Pick<KeyView, 'id' | 'name'>[],
  members: readonly Pick<MemberView, 'id' | 'name' | 'email'>[],
): string {
  const [kind, id = ''] = by.split(/:(.*)/s);
  if (kind === 'key') return texts.keyCalled(keys.find((key) => key.id === id)?.name ?? `…${id.slice(-ID_END)}`);
  if (kind !== 'person') return by;
  const member = members.find((one) => one.id === id);
  return member === undefined ? texts.personGone(`…${id.slice(-ID_END)}`) : member.name || member.email;
}

/** As far as whoever looks sees keys and members. */
export function useNames(): (by: string) => string {
  const none = async () => ({ items: [], nextCursor: null });
  const page = { limit: 200 } as const;
  const keys = usePaged<KeyView>((cursor, signal) =>
    may('keys.manage') ? call('key.list', { query: { ...page, ...cursor }, signal }) : none(),
  );
  const members = usePaged<MemberView>((cursor, signal) =>
    may('members.read') ? call('member.list', { query: { ...page, ...cursor }, signal }) : none(),
  );
  return (by) => (by === me.value?.caller ? texts.you : nameOf(by, keys.items.value ?? [], members.items.value ?? []));
}
