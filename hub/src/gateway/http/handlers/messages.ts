// The routes about messages and channels.

import type { Caller } from '../../../access/authenticate.js';
import type { Shard } from '../../../coordinator/runner.js';
import { agentKey } from '../../../core/agent/agent.js';
import { Refusal } from '../../../core/decision.js';
import type { Messages } from '../../messages-port.js';
import { pageOf } from '../paging.js';
import type { Handlers } from '../server.js';

export interface MessageParts {
  readonly shard: Shard;
  readonly messages: Messages;
}

type MessageHandlers = Pick<Handlers, 'message.send' | 'agent.messages' | 'channel.list' | 'channel.messages'>;

export function messageHandlers({ shard, messages }: MessageParts): MessageHandlers {
  return {
    'message.send': async ({ caller, body }) => {
      const barred = notLeading(shard);
      if (barred !== null) return barred;
      const sent = await messages.send(caller.org, { from: senderName(shard, caller), ...body });
      return sent instanceof Refusal ? sent : { body: sent };
    },

    'agent.messages': async ({ caller, path, query }) => {
      const known = await shard.read((state) => state.agents.has(agentKey(caller.org, path.name)));
      if (known instanceof Refusal) return known;
      if (!known) return new Refusal('agent.not_found', `there is no agent ${path.name}`);
      const page = await messages.listAgent(caller.org, path.name, query);
      return page instanceof Refusal ? page : { body: page };
    },

    'channel.list': ({ caller, query }) => {
      const channels = messages.channels(caller.org);
      if (channels instanceof Refusal) return channels;
      const page = pageOf(
        channels,
        query,
        (channel) => channel.name,
        (channel) => channel,
      );
      return { body: page };
    },

    'channel.messages': async ({ caller, path, query }) => {
      const page = await messages.listChannel(caller.org, path.name, query);
      return page instanceof Refusal ? page : { body: page };
    },
  };
}

/** Only the hub that holds the agents' sockets brings messages to them. */
function notLeading(shard: Shard): Refusal | null {
  if (shard.phase === 'leading') return null;
  const code = shard.phase === 'following' ? 'hub.not_leader' : 'hub.recovering';
  return new Refusal(code, 'this hub does not lead just now', [], 1_000);
}

/** Agents are told who writes to them by the name that the key was given. */
function senderName(shard: Shard, caller: Caller): string {
  for (const key of shard.state.keys.values()) if (key.id === caller.key) return `key:${key.name}`;
  return `key:${caller.key}`;
}
