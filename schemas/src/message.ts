// A message between agents, or from a person to one: as it is sent, and as it is kept and delivered.

import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { closed, type Data, Recipient, TaskId, Timestamp, text } from './primitives.js';

export const messageFields = {
  to: Recipient,
  body: text(LIMITS.messageBytes),
  /** The message that this one answers. */
  replyTo: Type.Optional(TaskId),
};

/** `from` is `agent:<name>` or `key:<name of the key>`. */
export const Message = closed({
  messageId: TaskId,
  from: Type.String(),
  ...messageFields,
  sentAt: Timestamp,
});
export type Message = Data<typeof Message>;
