import { expect, test } from 'vitest';
import { addressElsewhere } from './pages.js';

const OPERATOR = ['tasks.read', 'agents.read', 'members.read', 'costs.read'];

test.each([
  ['/agents', '/agents'],
  ['/tasks?q=agent:ann&sort=-age&cols=title,agent&peek=0189', '/tasks?sort=-age&cols=title,agent'],
  ['/tasks/01890000-0000-7000-8000-000000000000?tab=log', '/tasks'],
  ['/settings?tab=machines', '/settings?tab=machines'],
  ['/costs?by=repo&period=7d&currency=EUR', '/costs?by=repo&period=7d'],
])('%s is %s in another organisation', (here, there) => {
  expect(addressElsewhere(here, OPERATOR)).toBe(there);
});

test('a page that is not there for whoever one is in the other organisation, or nowhere, is the first page', () => {
  for (const here of ['/system', '/alerts?open=TaskStuck', '/nothing', '/'])
    expect(addressElsewhere(here, OPERATOR), here).toBe('/');
});
