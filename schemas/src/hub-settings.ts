// Every setting of the hub, with its meaning, default and bounds.

import * as Type from 'typebox';
import { MEMBER_ROLES } from './names.js';
import { closed, type Data, integer, line, list, MailAddress, oneOf, Slug } from './primitives.js';
import {
  DAY,
  GIB,
  HOUR,
  httpUrl,
  LogLevelName,
  MIB,
  MINUTE,
  PLAIN_HOST,
  path,
  seconds,
  whole,
} from './setting-parts.js';

const AddressRange = Type.String({
  maxLength: 64,
  format: 'address-range',
  mustBe: 'an IP address or a range of them, such as 10.0.0.0/8',
});

export const HubSettings = closed({
  host: line(255, { description: 'Address to listen on.', default: '127.0.0.1' }),
  port: whole('Port to listen on; 0 takes a free one.', 7700, 0, 65535),
  publicUrl: Type.Optional(
    httpUrl('Address at which agents and people reach the hub, if it differs from host and port.'),
  ),
  tlsCert: Type.Optional(
    path('The file with the certificate (PEM, with the chain) to serve https:// with; read again when it changes.'),
  ),
  tlsKey: Type.Optional(path('The file with the private key of that certificate.')),
  trustProxy: list(AddressRange, 64, {
    description: 'Addresses of proxies whose X-Forwarded-For, -Proto and -Host headers are believed.',
    default: [],
  }),
  allowedHosts: list(
    Type.String({
      maxLength: 255,
      pattern: '^(?:\\*\\.)?[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$',
      mustBe: 'a host name without a port; *.example.com means all names below it',
    }),
    64,
    { description: 'Further names by which the hub is reached, besides its own and that in `publicUrl`.', default: [] },
  ),
  notifyPrivateAddresses: list(AddressRange, 64, {
    description:
      'Private addresses that channels for notifications may call, such as a mail server in the same network.',
    default: [],
  }),
  notifyProxyNames: list(line(255), 64, {
    description:
      'Host names that channels may call through the outgoing proxy although this machine cannot resolve them, so that nothing says whether they are private; `*` is any text.',
    default: [],
  }),
  heartbeatUrl: Type.Optional(
    httpUrl(
      'Address that the leader calls every minute while all is well, as Healthchecks.io has it (`/start`, plain, `/fail`): whoever is there notices when the calls stop. Whoever knows it can make them.',
      { secret: true },
    ),
  ),
  insecure: Type.Boolean({
    description:
      'Listen beyond this machine without TLS and without a trusted proxy: keys and tasks can be read on the way.',
    default: false,
  }),
  dataDir: path('Where the hub keeps its store, keys and locks.', { default: '.agentcom' }),
  logLevel: LogLevelName,

  nats: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: '^(?:[Nn][Aa][Tt][Ss]|[Tt][Ll][Ss])://[^\\s\\u0000-\\u001f\\u007f@]+$',
      mustBe: 'a nats:// or tls:// address without credentials',
      address: true,
      description: "A NATS server to use instead of the hub's own.",
    }),
  ),
  natsUser: Type.Optional(line(255, { description: 'User at that NATS server.' })),
  natsPassword: Type.Optional(line(1024, { description: 'Password at that NATS server.', secret: true })),
  natsServer: Type.Optional(path('The nats-server program to run instead of the installed one.')),
  natsReplicas: Type.Optional(
    Type.Integer({
      enum: [1, 3, 5],
      mustBe: '1, 3 or 5',
      description:
        'On how many servers of that NATS cluster each stream is kept. Streams that are there are changed. Without it: new ones on one, others as they are.',
    }),
  ),
  namespace: Type.String({
    pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
    mustBe: 'at most 32 lower-case letters, digits and hyphens, beginning with a letter or digit',
    description: 'Separates several hubs that share one NATS server.',
    default: 'main',
  }),

  registration: oneOf(['invitation', 'open'], {
    description: 'Who may register: whoever is invited, or everybody, with an organisation of their own.',
    default: 'invitation',
  }),
  sessionSeconds: seconds('How long somebody stays signed in at most.', 7 * DAY, MINUTE, 365 * DAY),
  sessionIdleSeconds: seconds(
    'How long somebody stays signed in without doing anything.',
    12 * HOUR,
    30 * MINUTE,
    365 * DAY,
  ),

  oidcIssuer: Type.Optional(
    httpUrl('Address of an OpenID Connect provider at which people may sign in (http only on this machine).'),
  ),
  oidcClientId: Type.Optional(line(255, { description: 'What the provider calls this hub.' })),
  oidcClientSecretFile: Type.Optional(path('The file with the secret that the provider gave this hub.')),
  oidcDomains: list(line(189), 64, {
    description:
      'Domains of e-mail addresses that may sign in there. Empty: every address that the provider has verified.',
    default: [],
  }),
  oidcOrg: Type.String({ ...Slug, description: 'The organisation that they join.', default: 'default' }),
  oidcRole: Type.Optional(
    oneOf(MEMBER_ROLES, {
      description:
        'The role of new people. Without it, and without a role in `oidcRoleClaim`, only members and invited people can sign in.',
    }),
  ),
  oidcRoleClaim: Type.Optional(
    line(255, { description: "A claim that names people's roles (`owner`, `admin`, …); it counts at each sign-in." }),
  ),
  secretKeyFile: Type.Optional(
    path(
      'The file with the key that encrypts secrets of accounts (default: `secret.key` in the data directory); hubs that share a journal need the same one.',
    ),
  ),

  mailUrl: Type.Optional(
    Type.String({
      maxLength: 2048,
      pattern: `^[Ss][Mm][Tt][Pp][Ss]?://(?:[^\\s\\u0000-\\u001f\\u007f@:/?#]+@)?(?:\\[[0-9A-Fa-f:.]{2,45}\\]|${PLAIN_HOST}+)(?::\\d{1,5})?/?$`,
      mustBe: 'an smtps:// or smtp:// address without a password, such as smtps://USER@mail.example.com',
      address: true,
      description:
        'The mail server by which links for people are also mailed, with the user there (`@` in it is written `%40`): smtps://, or smtp:// with STARTTLS (on this machine without). Needs `publicUrl`.',
    }),
  ),
  mailPassword: Type.Optional(line(1024, { description: 'Password of that user.', secret: true })),
  mailFrom: Type.Optional(Type.String({ ...MailAddress, description: 'The address that mails come from.' })),

  heartbeatSeconds: seconds('How often sidecars send a heartbeat.', 15, 1, HOUR),

  archiveSeconds: seconds('How long archived tasks are kept.', 90 * DAY, HOUR, 3650 * DAY),
  archiveBytes: whole('The maximum size of the archive.', 4 * GIB, MIB, 1024 * GIB),

  outputSeconds: seconds('How long the output of agents is kept.', 14 * DAY, HOUR, 3650 * DAY),
  outputBytes: whole('The maximum size of the kept output.', 2 * GIB, MIB, 1024 * GIB),
  messageSeconds: seconds('How long messages between agents are kept.', 30 * DAY, HOUR, 3650 * DAY),
  messageBytes: whole('The maximum size of the kept messages.', 256 * MIB, MIB, 1024 * GIB),

  auditSeconds: seconds('How long the audit log is kept.', 365 * DAY, DAY, 3650 * DAY),
  auditBytes: whole('The maximum size of the audit log.', GIB, MIB, 1024 * GIB),

  snapshotEveryBatches: whole('A snapshot is taken after this many batches.', 20_000, 1, 10_000_000),
  snapshotEverySeconds: seconds('A snapshot is taken after this time if anything has changed.', 10 * MINUTE, 1, DAY),
  lowDiskBytes: whole('With less free space than this, the hub accepts no new tasks.', 512 * MIB, 0, 1024 ** 2 * GIB),

  backupDir: Type.Optional(path('Where backups go (default: `backups` in the data directory).')),
  backupEverySeconds: seconds('How often a backup is created.', DAY, MINUTE, 30 * DAY),
  backupHour: Type.Optional(
    integer(0, 23, { description: 'The hour of the day (UTC) at which a backup is created, instead of that.' }),
  ),
  backupKeep: whole('How many backups are kept.', 7, 1, 1000),
  backupKeepSeconds: Type.Optional(
    integer(HOUR, 3650 * DAY, { description: 'Backups older than this go as well, but never the newest.' }),
  ),
  backupKeyFile: Type.Optional(
    path('The file with a key of yours (32 bytes, hexadecimal or base64) with which backups are encrypted.'),
  ),
  backupDrillSeconds: seconds(
    'How often the newest backup is restored beside the hub, as a drill.',
    7 * DAY,
    HOUR,
    90 * DAY,
  ),
  backupOffSite: Type.Optional(
    line(1024, { description: 'Where each backup is copied: a directory, or `s3://BUCKET/PREFIX`.' }),
  ),
  backupS3Endpoint: Type.Optional(
    httpUrl("Address of the S3-compatible store (default: Amazon's in `backupS3Region`)."),
  ),
  backupS3Region: line(64, { description: 'Its region.', default: 'us-east-1' }),
  backupS3AccessKeyId: Type.Optional(line(128, { description: 'The id of the access key.', secret: true })),
  backupS3SecretKey: Type.Optional(line(1024, { description: 'The secret of that access key.', secret: true })),
});
export type HubSettings = Data<typeof HubSettings>;
