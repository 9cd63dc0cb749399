import { parseQuery } from '@agentcom/schemas/query';
import { expect, test } from 'vitest';
import { groupHref, groupQuery } from './letters.js';

const ID = 'permanent test.failed https://example.org/shop claude';

test('a group is found by an address that can be shared', () => {
  expect(groupHref(ID)).toBe('/dead-letters?group=permanent%20test.failed%20https%3A%2F%2Fexample.org%2Fshop%20claude');
});

test.each([ID, 'a "quoted" \\ code - -'])('its letters are found by a query for its id: %s', (id) => {
  const { query } = parseQuery('tasks', groupQuery({ id }), { now: 0, zone: 'UTC' });
  expect(query?.terms).toEqual([{ kind: 'words', key: 'group', not: false, words: [id] }]);
});
