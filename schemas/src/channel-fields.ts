// What a form asks for to make a channel of each kind. The hub's kinds have the schemas that bind; a test beside them compares the two.

import type { ChannelKind } from './notification.js';

export interface ChannelField {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly required?: true;
  /** Never shown again. */
  readonly secret?: true;
  readonly choices?: readonly string[];
  readonly type?: 'number' | 'list' | 'boolean';
}

/** Those that people add by hand: browsers subscribe to push by themselves. */
export type FormKind = Exclude<ChannelKind, 'push'>;

const api: ChannelField = {
  name: 'api',
  label: 'Address of the API',
  help: 'Only for a gateway in between.',
  secret: true,
};

export const CHANNEL_FIELDS: Readonly<Record<FormKind, readonly ChannelField[]>> = {
  webhook: [
    { name: 'url', label: 'Address', help: 'Where each event is sent, as https://…', required: true, secret: true },
    {
      name: 'secret',
      label: 'Signing secret',
      help: 'Best whsec_ and 32 random bytes in base64. Without it nothing is signed.',
      secret: true,
    },
    {
      name: 'previousSecret',
      label: 'Previous signing secret',
      help: 'Signs beside the new one while you rotate it.',
      secret: true,
    },
    {
      name: 'allowPrivate',
      label: 'Private address',
      help: 'Only the organisation that runs the hub may allow one.',
      type: 'boolean',
    },
  ],
  slack: [
    { name: 'token', label: 'Token of the app', help: 'Begins with xoxb-; needs the scope chat:write.', secret: true },
    { name: 'channel', label: 'Channel', help: 'C0123456789 or #name.' },
    {
      name: 'channelLabel',
      label: 'Label that names the channel',
      help: 'A label of tasks whose value is the channel.',
    },
    {
      name: 'url',
      label: 'Incoming webhook',
      help: 'Instead of a token and a channel; changes then arrive as new messages.',
      secret: true,
    },
    api,
  ],
  mail: [
    { name: 'host', label: 'Mail server', help: 'A name or an address, without a port.', required: true },
    { name: 'port', label: 'Port', help: 'Usually 587; with tls 465.', type: 'number' },
    { name: 'security', label: 'Security', choices: ['tls', 'starttls', 'none'] },
    { name: 'user', label: 'User', help: 'With a password, or neither.' },
    { name: 'password', label: 'Password', secret: true },
    { name: 'from', label: 'From', required: true },
    { name: 'to', label: 'To', help: 'Up to 20 addresses, with commas between.', required: true, type: 'list' },
  ],
  pagerduty: [
    {
      name: 'routingKey',
      label: 'Integration key',
      help: 'Of an Events API v2 integration: 32 letters and digits.',
      required: true,
      secret: true,
    },
    { name: 'region', label: 'Region', choices: ['us', 'eu'] },
    api,
  ],
  ntfy: [
    { name: 'topic', label: 'Topic', help: 'Whoever knows it may read it.', required: true, secret: true },
    { name: 'server', label: 'Server', help: 'Usually https://ntfy.sh.', secret: true },
    { name: 'token', label: 'Access token', help: 'For a protected topic; begins with tk_.', secret: true },
  ],
};
