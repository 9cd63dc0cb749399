// The hub that leads, as it said when it was elected.

export interface Leader {
  readonly hub: string;
  readonly epoch: number;
  /** Where agents and people reach it. */
  readonly url: string;
  readonly version: string;
}
