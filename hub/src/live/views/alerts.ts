// Alerts that match a query; without one about their state, those that are not resolved.

import { matcherOf, type Query, rowOrder, type Sort } from '@agentcom/schemas';
import { alertFacts } from '../../core/alert/alert-facts.js';
import { alertView } from '../../core/alert/view.js';
import { RowsSource } from '../rows-source.js';
import type { LiveSource } from '../source.js';

/** What they say of the last hours moves on, ms. */
const REFRESH_MS = 30_000;

export interface AlertsAsked {
  readonly query: Query;
  readonly sort: Sort;
  readonly limit: number;
}

export function alertsSource({ query, sort, limit }: AlertsAsked): LiveSource {
  const matches = matcherOf(query, alertFacts);
  const isAboutState = query.terms.some((term) => term.kind === 'words' && term.key === 'state');
  return new RowsSource({
    topics: ['alert', 'silence', 'config'],
    refreshMs: REFRESH_MS,
    rowsOf: ({ view, now }) => {
      const wanted = view
        .alerts()
        .filter((alert) => (isAboutState || alert.state !== 'resolved') && matches(alert, now));
      const rows = wanted.map((alert) => alertView(view, alert, now)).sort(rowOrder('alerts', sort));
      return { rows: rows.slice(0, limit), total: rows.length };
    },
  });
}
