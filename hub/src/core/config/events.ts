// What happens to the config.

import type { ConfigOverrides } from '@agentcom/schemas';

export type ConfigEvent = {
  readonly type: 'config.changed';
  readonly version: number;
  /** All that differ from the defaults from here on. */
  readonly overrides: ConfigOverrides;
  readonly by: string;
};
