// The routes about messages and channels.

import { type Channel, clip, LIMITS, type Message } from '@agentcom/schemas';
import type { Caller } from '../../../access/authenticate.js';
import { Refusal } from '../../../core/refusal.js';
import type { Messages } from '../../messages-port.js';
import type { Handlers } from '../handler.js';
import { pageOf } from '../paging.js';

type MessageHandlers = Pick<
  Handlers,
  'message.list' | 'message.send' | 'agent.messages' | 'channel.list' | 'channel.messages'
>;

export function messageHandlers(messages: Messages): MessageHandlers {
  return {
    'message.send': async ({ caller, body }) => {
      const sent = await messages.send(caller.org, { from: senderOf(caller), ...body });
      return sent instanceof Refusal ? sent : { body: sent };
    },

    'agent.messages': async ({ caller, path, query, read }) => {
      const isThere = await read((view) => view.agent(path.name) !== undefined);
      if (isThere instanceof Refusal) return isThere;
      if (!isThere) return new Refusal('agent.not_found', `agent ${path.name} not found`);
      const page = await messages.listAgent(caller.org, path.name, query);
      return page instanceof Refusal ? page : { body: page };
    },

    'message.list': async ({ caller, query }) => {
      const page = await messages.list(caller.org, query);
      return page instanceof Refusal ? page : { body: page };
    },

    'channel.list': async ({ caller, query }) => {
      const channels = messages.channels(caller.org);
      if (channels instanceof Refusal) return channels;
      const page = pageOf(
        channels,
        query,
        (channel) => channel.name,
        (channel) => channel,
      );
      const last = await messages.lastOf(
        caller.org,
        page.items.map(({ name }) => name),
      );
      if (last instanceof Refusal) return last;
      return { body: { ...page, items: page.items.map((channel) => withLast(channel, last.get(channel.name))) } };
    },

    'channel.messages': async ({ caller, path, query }) => {
      const page = await messages.listChannel(caller.org, path.name, query);
      return page instanceof Refusal ? page : { body: page };
    },
  };
}

/** Agents are told who writes to them by the name of the person, or the one that the key was given. */
export function senderOf({ agent, person, name }: Caller): string {
  const kind = agent !== undefined ? 'agent' : person !== undefined ? 'person' : 'key';
  return `${kind}:${name}`;
}

/** A list of channels is no place for long texts. */
function withLast(channel: Channel, last: Message | undefined): Channel {
  if (last === undefined) return channel;
  return { ...channel, lastMessage: { ...last, body: clip(last.body, LIMITS.excerptBytes) } };
}
