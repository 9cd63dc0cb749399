import { expect, test } from 'vitest';
import type { Caller } from '../../access/authenticate.js';
import { viewOf } from '../../access/view.js';
import { Bench, HOUR, ORG, SECOND } from '../../core/fixture.js';
import { iso } from '../../core/iso.js';
import { needsOf } from './needs-you.js';

function agentsIn(bench: Bench, role: Caller['role'] = 'operator') {
  const caller = { by: 'key:k', role, org: ORG } as Caller;
  return needsOf(viewOf(bench.state, caller, 'tasks.read'), bench.now).filter(({ kind }) => kind === 'agent');
}

test('an agent that ignores offers has done so since it missed the last one, not since it is connected', () => {
  const bench = new Bench();
  bench.join('a');
  bench.wait(HOUR);
  bench.submit();
  bench.pass(61 * SECOND);
  const missedAt = bench.log.findLast(({ event }) => event.type === 'task.offer_ended')?.at as number;
  bench.wait(HOUR);
  expect(agentsIn(bench)).toMatchObject([{ agent: 'a', why: 'it ignored its last offer', since: iso(missedAt) }]);
});

test('agents in trouble are for those who may change agents', () => {
  const bench = new Bench();
  bench.join('a');
  bench.fitness('a', { code: 'machine.disk_low', message: 'the disk is full' });
  const roles = ['owner', 'admin', 'operator', 'developer', 'submitter', 'viewer'] as const;
  expect(roles.filter((role) => agentsIn(bench, role).length > 0)).toEqual(['owner', 'admin', 'operator']);
});
