// Everything the journal can say. Events are facts: they carry each deadline and choice that followed from config, clock or chance,
// so that a replay needs none of them. A new meaning is a new type; the journal keeps them for ever.

import type { AccessEvent } from './access/events.js';
import type { AgentEvent } from './agent/events.js';
import type { AlertEvent } from './alert/events.js';
import type { ConfigEvent } from './config/events.js';
import type { HaltEvent } from './halt/events.js';
import type { LeadershipEvent } from './leadership/events.js';
import type { LimitEvent } from './limit/events.js';
import type { NotifyEvent } from './notify/events.js';
import type { SavedViewEvent } from './saved-view/events.js';
import type { IdempotencyEvent, TaskEvent } from './task/events.js';

export type Event =
  | TaskEvent
  | IdempotencyEvent
  | AgentEvent
  | AccessEvent
  | LeadershipEvent
  | ConfigEvent
  | AlertEvent
  | NotifyEvent
  | HaltEvent
  | SavedViewEvent
  | LimitEvent;
