import { ALERT_RULES } from '@agentcom/schemas';
import { expect, it } from 'vitest';
import { PAGES } from '../pages.js';
import { pageOfCommand } from './command-pages.js';

const ID = '0193a7c2-5b1e-7c3a-9d2f-3f1c8a6b7d10';

it.each([
  [`agentcom task why ${ID}`, `/tasks/${ID}`],
  [`agentcom task logs ${ID}`, `/tasks/${ID}?tab=log`],
  [`agentcom task answer ${ID} TEXT`, `/tasks/${ID}?tab=questions`],
  [`agentcom dead requeue ${ID}`, `/tasks/${ID}`],
  ['agentcom task list --state queued', '/tasks?q=state:queued'],
  ['agentcom dead list --repo https://git.example.com/a.git', '/dead-letters'],
  ['agentcom agent show crane', '/agents?peek=crane'],
  ['agentcom agent drain NAME', '/agents'],
  ['agentcom agent invite --count 3', '/agents'],
  ['agentcom backup create', '/system'],
  ['agentcom limit raise SCOPE', '/costs'],
  ['agentcom notify test NAME', '/settings?tab=notifications'],
])('`%s` is at %s', (command, page) => {
  expect(pageOfCommand(command)).toBe(page);
});

it.each(['agentcom task why ID', 'agentcom explain NoAgents', 'agentcom doctor', 'git push'])(
  '`%s` has no page',
  (command) => {
    expect(pageOfCommand(command)).toBeUndefined();
  },
);

it('leads from no next step of a rule to a page that is not there', () => {
  const paths = PAGES.map(({ path }) => path);
  for (const { next } of Object.values(ALERT_RULES)) {
    for (const [, command = ''] of next.matchAll(/`([^`]*)`/g)) {
      const page = pageOfCommand(command.replace(/\bID\b/, ID));
      if (page !== undefined) expect(paths).toContain(page.replace(/\?.*/, '').replace(ID, ':id'));
    }
  }
});
