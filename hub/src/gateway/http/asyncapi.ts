// The AsyncAPI document of the agent socket, made from the same schemas that its frames are checked with.

import {
  hubFrames,
  LIMITS,
  type Openness,
  published,
  SUBPROTOCOL,
  sidecarFrames,
  type TSchema,
} from '@agentcom/schemas';

const CHANNEL = { $ref: '#/channels/agent' };

export function asyncApi(version: string): Record<string, unknown> {
  const messages = { ...messagesOf('sidecar', sidecarFrames, 'closed'), ...messagesOf('hub', hubFrames, 'open') };
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'AgentCom agent socket',
      version,
      license: { name: 'Apache-2.0' },
      description: `Subprotocol ${SUBPROTOCOL}; text frames of at most ${LIMITS.frameBytes} bytes, one JSON object each.`,
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
    channels: {
      agent: {
        address: '/ws/agent',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            headers: { type: 'object', properties: { 'Sec-WebSocket-Protocol': { const: SUBPROTOCOL } } },
          },
        },
      },
    },
    operations: {
      hear: operation('receive', 'What sidecars say', 'sidecar', sidecarFrames),
      say: operation('send', 'What the hub says', 'hub', hubFrames),
    },
    components: {
      messages,
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'The key of the agent: ac_…' } },
    },
  };
}

type Frames = Readonly<Record<string, TSchema>>;

/** What the hub says may have fields that this version does not know. */
function messagesOf(side: string, frames: Frames, openness: Openness): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(frames).map(([type, schema]) => [
      nameOf(side, type),
      { name: type, title: type, payload: published(schema, openness) },
    ]),
  );
}

/** As the hub sees it: it receives what sidecars say. */
function operation(action: 'send' | 'receive', summary: string, side: string, frames: Frames): Record<string, unknown> {
  const messages = Object.keys(frames).map((type) => ({ $ref: `#/channels/agent/messages/${nameOf(side, type)}` }));
  return { action, summary, channel: CHANNEL, messages };
}

/** Both sides have frames of one type; keys of AsyncAPI have no dots within references. */
function nameOf(side: string, type: string): string {
  return `${side}-${type.replaceAll('.', '-')}`;
}
