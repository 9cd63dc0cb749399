// Organisations of one hub, each with an owner who came by invitation.

import { HubApi } from '../support/api.js';

const PASSWORD = 'correct horse battery';

/** With the key of its owner. */
export async function createOrganisation(hub: HubApi, org: string): Promise<HubApi> {
  const { invitation } = await hub.need<{ invitation: { url: string } }>('POST', '/orgs', { org });
  const token = new URL(invitation.url).hash.split('=')[1];
  const owner = { email: `owner@${org}.test`, name: 'Owner', password: PASSWORD, invitation: token };
  const browser = new HubApi(hub.url, null);
  const { headers } = await browser.call('POST', '/registrations', owner, { origin: hub.url });
  const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const asOwner = { role: 'owner', name: 'bench' };
  const { key } = await browser.need<{ key: string }>('POST', '/keys', asOwner, { origin: hub.url, cookie });
  return new HubApi(hub.url, key);
}
