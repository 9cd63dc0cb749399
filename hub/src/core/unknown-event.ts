// The journal speaks of something this version does not know.

export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor(readonly eventType: string) {
    super(
      `the journal holds an event of type "${eventType}", which this version of AgentCom does not know; start a newer one`,
    );
  }
}
