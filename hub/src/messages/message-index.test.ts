import { expect, it } from 'vitest';
import { MessageIndex } from './message-index.js';
import type { Envelope } from './records.js';

const index = new MessageIndex();
let seq = 0;

function sent(to: string, from?: string, org = 'acme'): string {
  const [kind, name = ''] = to.split(':');
  seq += 1;
  const recipients = kind === 'agent' ? [name] : ['a', 'b'];
  const envelope: Envelope = {
    ...{ id: `m${seq}`, seq, org, to: { kind: kind as 'agent' | 'channel', name }, recipients },
    ...(from !== undefined && { from }),
  };
  index.applyMessage(envelope);
  return envelope.id;
}

const ids = (agent?: string, org = 'acme') => index.all(org, agent).map(({ id }) => id);

it('knows all messages of an organisation, and of an agent those to it by name and those that it has sent', () => {
  const all = [sent('agent:a'), sent('agent:b', 'a'), sent('channel:c', 'a'), sent('channel:c', 'b'), sent('agent:b')];
  sent('agent:a', undefined, 'other');
  expect(ids()).toEqual(all);
  expect(ids('a')).toEqual([all[0], all[1], all[2]]);
  expect(ids('b')).toEqual([all[1], all[3], all[4]]);
  expect(ids('nobody')).toEqual([]);
  expect(ids(undefined, 'empty')).toEqual([]);
});

it('forgets what is not kept any more, and the oldest of very many', () => {
  index.forgetBefore(seq - 1);
  expect(ids()).toEqual([`m${seq - 1}`]);
  for (let count = 0; count < 10_001; count += 1) sent('agent:a');
  expect(ids()).toHaveLength(10_000);
  expect(ids().at(-1)).toBe(`m${seq}`);
});
