// Why an event cannot be applied.

/** The journal speaks of something this version does not know. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor(readonly eventType: string) {
    super(
      `the journal holds an event of type "${eventType}", which this version of AgentCom does not know; start a newer one`,
    );
  }
}

/** An event that the state it meets does not allow: a defect in a decision, or a journal of another program. */
export class ImpossibleEvent extends Error {
  override readonly name = 'ImpossibleEvent';
}
