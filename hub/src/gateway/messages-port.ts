// What the edges need of the store of messages, and the frames about them.

import { type InboxPage, LIMITS, type Message, type SidecarFrameOf } from '@agentcom/schemas';
import { Refusal } from '../core/refusal.js';

interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

interface MessagePage {
  readonly items: Message[];
  readonly nextCursor: string | null;
}

export interface Messages {
  /** Resolves once the message is durable. `from` is `agent:<name>` or `key:<name>`. */
  send(
    org: string,
    message: { readonly from: string; readonly to: string; readonly body: string; readonly replyTo?: string },
  ): Promise<Message | Refusal>;
  /** The agent has the message and need not get it again. */
  acknowledge(org: string, agent: string, messageId: string): void;
  /** The agent was welcomed: what it has not acknowledged is sent again. */
  onConnected(org: string, agent: string): void;
  join(org: string, agent: string, channel: string): Promise<Refusal | null>;
  leave(org: string, agent: string, channel: string): Promise<Refusal | null>;
  /** Oldest first, as many of the newest as fit in a frame. */
  history(org: string, channel: string, limit: number): Promise<Message[] | Refusal>;
  /** Newest first. */
  listAgent(org: string, agent: string, request: PageRequest): Promise<InboxPage | Refusal>;
  listChannel(org: string, channel: string, request: PageRequest): Promise<MessagePage | Refusal>;
  /** Newest first, of the whole organisation; with `agent` those to it by name, and those that it has sent. */
  list(org: string, request: PageRequest & { readonly agent?: string }): Promise<MessagePage | Refusal>;
  /** The newest message of each of the channels that has one. */
  lastOf(org: string, channels: readonly string[]): Promise<ReadonlyMap<string, Message> | Refusal>;
  /** By name. */
  channels(org: string): readonly { readonly name: string; readonly members: string[] }[] | Refusal;
}

type RequestFrame = SidecarFrameOf<'message.send' | 'channel.join' | 'channel.leave' | 'channel.history'>;
export type MessageFrame = RequestFrame | SidecarFrameOf<'message.ack'>;

/** What the `ok` to a request about messages carries. */
export async function answerMessage(
  messages: Messages,
  org: string,
  agent: string,
  frame: RequestFrame,
): Promise<{ messageId?: Message['messageId']; messages?: Message[] } | Refusal> {
  switch (frame.type) {
    case 'message.send': {
      const { type: _type, id: _id, ...message } = frame;
      // Who writes to a channel belongs to it from then on: an agent has no other way to hear what is answered there.
      const channel = /^channel:(.*)$/.exec(message.to)?.[1];
      const refused = channel === undefined ? null : await messages.join(org, agent, channel);
      if (refused !== null) return refused;
      const sent = await messages.send(org, { from: `agent:${agent}`, ...message });
      return sent instanceof Refusal ? sent : { messageId: sent.messageId };
    }
    case 'channel.join':
      return (await messages.join(org, agent, frame.channel)) ?? {};
    case 'channel.leave':
      return (await messages.leave(org, agent, frame.channel)) ?? {};
    case 'channel.history': {
      const found = await messages.history(org, frame.channel, frame.limit ?? LIMITS.pageItemsDefault);
      return found instanceof Refusal ? found : { messages: found };
    }
  }
}
