// Reads counters of the hub's /metrics.

import type { HubApi } from '../support/api.js';

/** Sums of counters by name, over all labels. */
export async function counters(api: HubApi, names: readonly string[]): Promise<number[]> {
  const response = await fetch(`${api.url}/metrics`, { headers: { authorization: `Bearer ${api.key}` } });
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  const lines = (await response.text()).split('\n');
  return names.map((name) =>
    lines
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0),
  );
}
