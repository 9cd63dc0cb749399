// The settings of channels for notifications, which hold addresses and tokens, as the journal keeps them.

import type { Sealer } from './sealing.js';

export class ChannelSettings {
  constructor(private readonly sealer: Sealer) {}

  /** @param channel  its id; they open for no other */
  seal(channel: string, settings: object): string {
    return this.sealer.seal(JSON.stringify(settings), about(channel));
  }

  /** Undefined where they were sealed with another secret key. */
  open(channel: string, sealed: string): Readonly<Record<string, unknown>> | undefined {
    const text = this.sealer.open(sealed, about(channel));
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** Of push, for the whole hub. */
  sealPushKey(privateKey: string): string {
    return this.sealer.seal(privateKey, PUSH_KEY);
  }

  openPushKey(sealed: string): string | undefined {
    return this.sealer.open(sealed, PUSH_KEY);
  }
}

const PUSH_KEY = 'push key';

function about(channel: string): string {
  return `settings of channel ${channel}`;
}
