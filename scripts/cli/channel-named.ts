import type { NotificationChannel } from '@agentcom/schemas';
import { allPages } from './all-pages.js';
import type { HubClient } from './client.js';
import { failed } from './exit.js';

/** The notification channel of that name. */
export async function channelNamed(client: HubClient, name: string): Promise<NotificationChannel> {
  const channels = await allPages((page) => client.call('notify.list', { query: page }));
  const found = channels.find((channel) => channel.name === name);
  if (found !== undefined) return found;
  const remedy = 'List them with `agentcom notify channel list`.';
  throw failed('notification.channel_not_found', `there is no channel named ${name}`, remedy);
}
