import { expect, test } from 'vitest';
import { haltTargets } from './halt-targets.js';

const SHOP = 'https://git.example.com/shop.git';
const ROOF = 'https://git.example.com/roof.git';

test('what works and waits comes before what there were costs of, each once', () => {
  const targets = haltTargets({
    tasks: [{ repo: { url: SHOP }, labels: { team: 'shop' } }, { labels: { team: 'shop', size: 'small' } }],
    agents: [{ name: 'ada' }],
    costs: [
      { group: { repo: ROOF } },
      { group: { repo: SHOP } },
      { group: {} },
      { group: { label: 'size=big, team=roof' } },
    ],
    orgs: [{ org: 'acme' }],
  });
  expect(targets).toEqual({
    repo: [SHOP, ROOF],
    label: ['team=shop', 'size=small', 'size=big', 'team=roof'],
    agent: ['ada'],
    org: ['acme'],
  });
});

test('of very many it offers the first hundred', () => {
  const agents = Array.from({ length: 300 }, (_, i) => ({ name: `agent-${i}` }));
  expect(haltTargets({ tasks: [], agents, costs: [], orgs: [] }).agent).toHaveLength(100);
});
