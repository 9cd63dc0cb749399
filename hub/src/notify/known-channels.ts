// What the sending side asks of the state: channels and browsers with their settings in clear, and the keys of push.

import { alertKey } from '../core/alert/alert.js';
import type { CommandOf } from '../core/commands.js';
import type { State } from '../core/state.js';
import type { NotifyPorts } from './ports.js';

export interface KnownChannelsParts {
  readonly state: () => State;
  readonly execute: (command: CommandOf<'notify.channel_gone'>) => Promise<unknown>;
  /** Undefined where they were sealed with another secret key. */
  readonly settings: {
    open(channel: string, sealed: string): object | undefined;
    openPushKey(sealed: string): string | undefined;
  };
  readonly publicUrl: () => string | undefined;
  /** Whom a push service writes to when the hub misbehaves, as `mailto:` or `https:`. */
  readonly contact: string;
}

export function knownChannels({ state, execute, settings, publicUrl, contact }: KnownChannelsParts): NotifyPorts {
  return {
    channelOf: (id) => {
      const { channels, subscriptions } = state().notify;
      const subscription = subscriptions.get(id);
      const opened = subscription && settings.open(id, subscription.settings);
      if (opened !== undefined) return { kind: 'push', name: 'push', settings: opened, isDisabled: false };
      const channel = channels.get(id);
      if (channel === undefined) return undefined;
      const { kind, name, quietHours, disabled } = channel;
      const inClear = settings.open(id, channel.settings);
      return {
        kind,
        name,
        settings: inClear ?? {},
        ...(quietHours !== undefined && { quietHours }),
        isDisabled: disabled !== undefined || inClear === undefined,
      };
    },
    isSoAgain: ({ org, rule }) =>
      rule !== undefined && state().alerts.open.get(alertKey({ org, rule }))?.state === 'firing',
    // Whoever sends by it next hears it again.
    onChannelGone: (channel, why) => void execute({ type: 'notify.channel_gone', channel, why }).catch(() => undefined),
    traceparentOf: ({ kind, subjects: [task] }) =>
      kind === 'alert' || task === undefined ? undefined : state().tasks.get(task.id)?.traceparent,
    publicUrl,
    vapid: () => {
      const { pushKeys } = state().notify;
      const privateKey = pushKeys && settings.openPushKey(pushKeys.privateKey);
      if (pushKeys === undefined || privateKey === undefined) return undefined;
      return { publicKey: pushKeys.publicKey, privateKey, subject: contact };
    },
  };
}
