import { hubFrames, liveFrames, pageFrames, published, sidecarFrames } from '@agentcom/schemas';
import { expect, test } from 'vitest';
import { asyncApi } from './asyncapi.js';

interface Reference {
  readonly $ref: string;
}

interface Document {
  readonly channels: Record<'agent' | 'live', { readonly messages: Record<string, Reference> }>;
  readonly operations: Record<
    'hear' | 'say' | 'hearPage' | 'tellPage',
    { readonly action: string; readonly messages: readonly Reference[] }
  >;
  readonly components: { readonly messages: Record<string, { readonly name: string; readonly payload: unknown }> };
}

const document = asyncApi('1.2.3') as unknown as Document;

/** What a reference within the document leads to. */
function resolved(reference: Reference): unknown {
  let value: unknown = document;
  for (const part of reference.$ref.slice(2).split('/')) value = (value as Record<string, unknown>)[part];
  return value !== null && typeof value === 'object' && '$ref' in value ? resolved(value as Reference) : value;
}

test.each([
  ['hear', 'receive', sidecarFrames, 'closed'],
  ['say', 'send', hubFrames, 'open'],
  ['hearPage', 'receive', pageFrames, 'closed'],
  ['tellPage', 'send', liveFrames, 'open'],
] as const)('%s has every frame of its side, with the schema it is checked by', (name, action, frames, openness) => {
  const operation = document.operations[name];
  expect(operation.action).toBe(action);
  const described = new Map(
    operation.messages.map((reference) => {
      const message = resolved(reference) as { name: string; payload: unknown };
      return [message.name, message.payload];
    }),
  );
  const expected = Object.entries(frames).map(([type, schema]) => [type, published(schema, openness)] as const);
  expect(described).toEqual(new Map(expected));
});

test('every message of the document belongs to a channel', () => {
  const ofChannels = Object.values(document.channels).flatMap(({ messages }) => Object.keys(messages));
  expect(ofChannels).toEqual(Object.keys(document.components.messages));
});
