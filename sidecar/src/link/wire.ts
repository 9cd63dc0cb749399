// The way between a sidecar and a hub, as the link sees it: frames in and out, and every end told once.

import type { HubFrame, SidecarFrame } from '@agentcom/schemas';

export interface Wire {
  /** False when it cannot be sent any more. */
  send(frame: SidecarFrame): boolean;
  /** Has the hub give a sign of life. */
  ping(): void;
  /** Ends it without telling the listener anything more. Resolves when it is gone. */
  drop(reason: string): Promise<void>;
}

/** Of `turnedAway`, `intercepted`, `foreign` and `closed` one comes, once, and nothing after it. */
export interface WireListener {
  opened(): void;
  /** Any sign of life, frames included. */
  heard(): void;
  frame(frame: HubFrame): void;
  /** A frame that cannot be read; it is left out. */
  unreadable(problem: string): void;
  /** `code`: the catalogued reason, when it was a hub that answered. */
  turnedAway(status: number, retryAfterMs: number | undefined, code?: string): void;
  /** What answered the opening is no hub: `answer` says what it was. */
  intercepted(answer: string): void;
  /** It speaks another version of the protocol, and said so before there was a link. */
  foreign(): void;
  closed(code: number, reason: string): void;
}

/** The listener hears nothing before this has returned. */
export type Connect = (listener: WireListener) => Wire;
