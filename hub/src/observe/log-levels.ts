// The levels of the log, as the config has them: they count from the moment at which a change is durable.

import type { Config, LogLevel, LogThresholds } from '@agentcom/schemas';
import type { Change } from '../core/change.js';
import type { State } from '../core/state.js';

/** A subscriber of the feed. */
export class LogLevels {
  /** `usual` counts where the config says `default`. */
  constructor(
    private readonly thresholds: LogThresholds,
    private readonly usual: LogLevel,
    private readonly state: () => State,
  ) {}

  changes({ changes }: { readonly changes: readonly Change[] }): void {
    if (changes.some(({ event }) => event.type === 'config.changed')) this.resync();
  }

  resync(): void {
    const { level, components } = this.state().config.values.log;
    const chosen = Object.entries(components).map(([name, own]) => [name, ownOf(own)]);
    this.thresholds.set(ownOf(level) ?? this.usual, Object.fromEntries(chosen));
  }
}

function ownOf(level: Config['log']['level']): LogLevel | undefined {
  return level === 'default' ? undefined : level;
}
