import { expect, test } from 'vitest';
import { Bench, ORG } from '../core/fixture.js';
import { addChannel, alertOf, setRoutes, subscribe } from '../core/notify/fixture.js';
import { deliveriesOf } from './deliveries.js';

test('each channel and browser gets its own, under an id that is the same every time', () => {
  const bench = new Bench();
  for (const name of ['a', 'b']) addChannel(bench, name);
  setRoutes(
    bench,
    { match: { kind: ['question'] }, channels: ['a'], excerpts: true, continue: true },
    { match: {}, channels: ['b'], digest: true },
  );
  const submitter = subscribe(bench, 'ada');
  const notification = alertOf('n', { kind: 'question', submitter });
  const common = { org: ORG, notification };
  expect(deliveriesOf(notification, bench.state)).toEqual([
    { ...common, id: 'n:c-a', channel: 'c-a', includeExcerpt: true },
    { ...common, id: 'n:c-b', channel: 'c-b', includeExcerpt: false, digest: true },
    { ...common, id: 'n:s-ada', channel: 's-ada', includeExcerpt: false },
  ]);
});

test('what concerns the hub is listed with those who run it', () => {
  const bench = new Bench();
  addChannel(bench, 'a');
  expect(deliveriesOf(alertOf('n', { org: undefined }), bench.state)).toMatchObject([{ channel: 'c-a', org: ORG }]);
});
