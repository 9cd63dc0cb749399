// The config as a record of a snapshot, and back.

import { configWith } from '@agentcom/schemas';
import type { LoadTable, State } from '../state.js';
import type { ConfigState } from './config.js';

export interface ConfigRecord {
  readonly kind: 'config';
  readonly value: Pick<ConfigState, 'version' | 'overrides'>;
}

export function* dumpConfig({ config: { version, overrides } }: State): Iterable<ConfigRecord> {
  yield { kind: 'config', value: { version, overrides } };
}

export const loadConfig: LoadTable<ConfigRecord> = {
  config: (state, { version, overrides }) => {
    state.config = { version, overrides, values: configWith(overrides) };
  },
};
