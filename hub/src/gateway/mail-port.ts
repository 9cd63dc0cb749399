// What the edges need of mail: somewhere to hand it to. Texts are theirs.

export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailPort {
  /** Sends it in the background. False when it is not taken up; never fails and never waits. */
  send(mail: OutgoingMail): boolean;
}
