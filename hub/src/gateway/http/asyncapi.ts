// The AsyncAPI document of the sockets, made from the same schemas that their frames are checked with.

import {
  hubFrames,
  LIMITS,
  LIVE_SUBPROTOCOL,
  liveFrames,
  type Openness,
  pageFrames,
  published,
  SUBPROTOCOL,
  sidecarFrames,
  type TSchema,
} from '@agentcom/schemas';

type Frames = Readonly<Record<string, TSchema>>;

/** What one side of a socket says. */
interface Side {
  readonly name: string;
  readonly summary: string;
  readonly frames: Frames;
}

interface Channel {
  readonly name: string;
  readonly address: string;
  readonly subprotocol: string;
  /** By the names of their operations, as the hub sees it: it receives what others say. */
  readonly receive: readonly [string, Side];
  readonly send: readonly [string, Side];
}

const CHANNELS: readonly Channel[] = [
  {
    name: 'agent',
    address: '/ws/agent',
    subprotocol: SUBPROTOCOL,
    receive: ['hear', { name: 'sidecar', summary: 'What sidecars say', frames: sidecarFrames }],
    send: ['say', { name: 'hub', summary: 'What the hub says', frames: hubFrames }],
  },
  {
    name: 'live',
    address: '/ws/live',
    subprotocol: LIVE_SUBPROTOCOL,
    receive: ['hearPage', { name: 'page', summary: 'What live pages say', frames: pageFrames }],
    send: ['tellPage', { name: 'live', summary: 'What live pages are told', frames: liveFrames }],
  },
];

export function asyncApi(version: string): Record<string, unknown> {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'AgentCom sockets',
      version,
      license: { name: 'Apache-2.0' },
      description:
        `Subprotocol ${SUBPROTOCOL} for sidecars: text frames of at most ${LIMITS.frameBytes} bytes, one JSON object each. ` +
        `Subprotocol ${LIVE_SUBPROTOCOL} for live pages: a page sends at most ${LIMITS.liveFrameBytes} bytes a frame.`,
    },
    defaultContentType: 'application/json',
    servers: {
      hub: {
        host: '{hub}',
        protocol: 'ws',
        variables: { hub: { description: 'Host and port of the hub' } },
        security: [{ $ref: '#/components/securitySchemes/key' }],
      },
    },
    channels: Object.fromEntries(CHANNELS.map((channel) => [channel.name, channelOf(channel)])),
    operations: Object.fromEntries(
      CHANNELS.flatMap((channel) =>
        (['receive', 'send'] as const).map((action) => [channel[action][0], operationOf(channel, action)]),
      ),
    ),
    components: {
      messages: Object.assign({}, ...CHANNELS.map(messagesIn)) as Record<string, unknown>,
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'The key of the agent, or of whoever looks at a live page: ac_…',
        },
      },
    },
  };
}

function channelOf(channel: Channel): Record<string, unknown> {
  const names = Object.keys(messagesIn(channel));
  return {
    address: channel.address,
    messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: {
      ws: {
        method: 'GET',
        headers: { type: 'object', properties: { 'Sec-WebSocket-Protocol': { const: channel.subprotocol } } },
      },
    },
  };
}

/** What the hub says may have fields that this version does not know. */
function messagesIn({ receive: [, hears], send: [, says] }: Channel): Record<string, unknown> {
  return { ...messagesOf(hears, 'closed'), ...messagesOf(says, 'open') };
}

function messagesOf({ name: side, frames }: Side, openness: Openness): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, schema]) => [
      nameOf(side, type),
      { name: type, title: type, payload: published(schema, openness) },
    ]),
  );
}

function operationOf(channel: Channel, action: 'receive' | 'send'): Record<string, unknown> {
  const [, { name: side, summary, frames }] = channel[action];
  const messages = Object.keys(frames).map((type) => ({
    $ref: `#/channels/${channel.name}/messages/${nameOf(side, type)}`,
  }));
  return { action, summary, channel: { $ref: `#/channels/${channel.name}` }, messages };
}

/** Sides have frames of one type; keys of AsyncAPI have no dots within references. */
function nameOf(side: string, type: string): string {
  return `${side}-${type.replaceAll('.', '-')}`;
}
