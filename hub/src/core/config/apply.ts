// A change of the config applies to every later decision.

import { configWith } from '@agentcom/schemas';
import { ImpossibleEvent } from '../event-errors.js';
import type { ApplyTable } from '../state.js';
import type { ConfigEvent } from './events.js';

export const configEvents: ApplyTable<ConfigEvent> = {
  'config.changed': (state, { version, overrides }) => {
    if (version <= state.config.version) throw new ImpossibleEvent(`version ${version} of the config does not grow`);
    state.config = { version, overrides, values: configWith(overrides) };
  },
};
