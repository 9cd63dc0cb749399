import { expect, it } from 'vitest';
import { noFigures, OrgLedger, ROWS_PER_DAY, type WorkParts } from './ledger.js';
import { spentByAgent } from './spent-today.js';

const DAY = 20_000;
const partsOf = (agent: string, repo = ''): WorkParts => [repo, agent, '', '', '', 'key:k'];
const spend = (ledger: OrgLedger, parts: WorkParts, cost: Record<string, number>, day = DAY) =>
  ledger.add(day, parts, { ...noFigures(), cost });

it('sums what each agent has spent on the day, each currency by itself', () => {
  const ledger = new OrgLedger();
  spend(ledger, partsOf('tern', 'a'), { EUR: 2 });
  spend(ledger, partsOf('tern', 'b'), { EUR: 3, USD: 1 });
  spend(ledger, partsOf('tern'), { EUR: 100 }, DAY - 1);
  spend(ledger, partsOf('swift'), {});
  ledger.add(DAY, partsOf('gull'), { ...noFigures(), attempts: 1, unknownCost: 1 });
  const spent = spentByAgent(ledger, DAY);
  expect(spent('tern')).toEqual({
    costs: [
      { currency: 'EUR', costMicros: 5 },
      { currency: 'USD', costMicros: 1 },
    ],
    unknownCost: 0,
  });
  expect(spent('swift')).toBeUndefined();
  expect(spent('gull')).toEqual({ costs: [], unknownCost: 1 });
  expect(spentByAgent(undefined, DAY)('tern')).toBeUndefined();
});

it('says that it may be more, once not all work of the day is told apart', () => {
  const ledger = new OrgLedger();
  for (let i = 0; i <= ROWS_PER_DAY; i++) spend(ledger, partsOf(`a${i}`), { EUR: 1 });
  const spent = spentByAgent(ledger, DAY);
  expect(spent('a0')).toEqual({ costs: [{ currency: 'EUR', costMicros: 1 }], unknownCost: 0, partial: true });
  expect(spent(`a${ROWS_PER_DAY}`)).toEqual({ costs: [], unknownCost: 0, partial: true });
});
