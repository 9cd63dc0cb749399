// The config as the journal's events left it.

import { type Config, type ConfigOverrides, configWith } from '@agentcom/schemas';

export interface ConfigState {
  /** Grows with each change; 0 for a hub on which nothing was ever changed. */
  readonly version: number;
  /** What was changed, and is not its default again. */
  readonly overrides: ConfigOverrides;
  /** The defaults with the overrides: what counts. */
  readonly values: Config;
}

export const defaultConfig: ConfigState = { version: 0, overrides: {}, values: configWith({}) };
