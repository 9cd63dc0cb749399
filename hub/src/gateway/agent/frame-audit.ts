// Which frames of a session are audited: those that change something beside the agent's own attempts, and what access refuses.

import type { RequestId, SidecarFrame } from '@agentcom/schemas';

/** `target` is what it is about or, once it is there, what it made. */
export interface AuditedFrame {
  readonly type: SidecarFrame['type'];
  readonly target?: string | undefined;
}

export class FrameAudit {
  /** By the frame's id, until they are answered. */
  readonly #pending = new Map<RequestId, AuditedFrame>();

  /** @param tell  `code` is that of a refusal */
  constructor(private readonly tell: (frame: AuditedFrame, code?: string) => void) {}

  begin({ type, id }: SidecarFrame, target?: string): void {
    if (id !== undefined) this.#pending.set(id, { type, target });
  }

  done(re: RequestId, made?: string): void {
    const frame = this.#take(re);
    if (frame !== undefined) this.tell(made === undefined ? frame : { ...frame, target: made });
  }

  refused(re: RequestId | undefined, code: string): void {
    const frame = this.#take(re);
    if (frame !== undefined) this.tell(frame, code);
  }

  #take(re: RequestId | undefined): AuditedFrame | undefined {
    if (re === undefined || this.#pending.size === 0) return undefined;
    const frame = this.#pending.get(re);
    this.#pending.delete(re);
    return frame;
  }
}
