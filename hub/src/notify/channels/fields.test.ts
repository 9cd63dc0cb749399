import { CHANNEL_FIELDS, type ChannelField, type FormKind } from '@agentcom/schemas/channel-fields';
import { expect, test } from 'vitest';
import { channelKinds } from './index.js';

interface Shape {
  readonly required?: readonly string[];
  readonly properties: Readonly<
    Record<string, { readonly type?: string; readonly enum?: readonly string[]; readonly secret?: boolean }>
  >;
}

/** A list of objects has no field in a form. */
const WITHOUT_FIELD = ['byLabel'];
const TYPES: Readonly<Record<string, ChannelField['type']>> = { integer: 'number', array: 'list', boolean: 'boolean' };

test.each(Object.keys(CHANNEL_FIELDS) as FormKind[])('the form of %s has the settings that its schema has', (kind) => {
  const { properties, required = [] } = channelKinds[kind].manifest.settings as unknown as Shape;
  const inSchema = Object.entries(properties)
    .filter(([name]) => !WITHOUT_FIELD.includes(name))
    .map(([name, shape]) => ({
      name,
      required: required.includes(name),
      secret: shape.secret === true,
      choices: shape.enum,
      type: TYPES[shape.type ?? ''],
    }));
  const inForm = CHANNEL_FIELDS[kind].map(({ name, required: must, secret, choices, type }) => ({
    name,
    required: must === true,
    secret: secret === true,
    choices,
    type,
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(inForm.toSorted(byName)).toEqual(inSchema.toSorted(byName));
});
