// The member that somebody names on the command line.

import type { MemberView } from '@agentcom/schemas';
import { allPages } from './all-pages.js';
import type { HubClient } from './client.js';
import { listedOne } from './ids.js';

export const WHO = 'e-mail address or id of the member, or the beginning or end of the id';

/** By an address, or by an id or a part that begins or ends it. */
export async function memberOf(client: HubClient, given: string): Promise<MemberView> {
  const members = await allPages((page) => client.call('member.list', { query: page }));
  const byEmail = members.find(({ email }) => email === given.toLowerCase());
  return byEmail ?? listedOne('member', given, members);
}
