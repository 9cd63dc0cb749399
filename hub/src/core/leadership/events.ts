// Who leads, what the clock did, and what became of the journal.

export type LeadershipEvent =
  | {
      readonly type: 'leader.elected';
      readonly hub: string;
      readonly epoch: number;
      /** Where agents and people reach it. */
      readonly url: string;
      readonly version: string;
      /** Every link is gone with the old leader: until when accepted work may come back, and offers be accepted. */
      readonly graceUntil: number;
      readonly acceptBy: number;
    }
  | { readonly type: 'leader.left'; readonly hub: string }
  | {
      /** The wall clock moved by more than the machine's uptime did: elapsed deadlines move on, `notBefore` follows the wall. */
      readonly type: 'clock.jumped';
      readonly forwardMs: number;
      readonly wallOffsetMs: number;
      readonly graceUntil: number;
    }
  | {
      /** Part of the journal was given up by an operator; what was in flight can no longer be trusted. */
      readonly type: 'journal.truncated';
      readonly at: number;
      readonly knownHead: number;
    }
  | { readonly type: 'journal.restored'; readonly from: string; readonly at: number };
