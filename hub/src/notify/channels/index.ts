// All kinds of channels by name, and what can be said of their settings without knowing the kind.

import { type ChannelKind, compiler, type TSchema, type Validated } from '@agentcom/schemas';
import type { ChannelKinds } from '../ports.js';
import type { ChannelManifest, Outcome, Sending } from './channel.js';
import { mail } from './mail.js';
import { ntfy } from './ntfy.js';
import { pagerduty } from './pagerduty.js';
import { push } from './push.js';
import { slack } from './slack.js';
import { webhook } from './webhook.js';

/** As they look when the kind is known only at run time: settings have been validated by its schema. */
export interface AnyChannelKind {
  readonly manifest: ChannelManifest;
  send(sending: Sending<never>): Promise<Outcome>;
}

export const channelKinds: Readonly<Record<ChannelKind, AnyChannelKind>> = {
  webhook,
  slack,
  mail,
  push,
  pagerduty,
  ntfy,
} as Record<ChannelKind, AnyChannelKind>;

/** Compiles a schema when it is first asked. */
export class KnownKinds implements ChannelKinds {
  readonly #compile = compiler();
  readonly #validators = new Map<ChannelKind, (settings: unknown) => Validated<unknown>>();

  validate(kind: ChannelKind, settings: unknown): Validated<object> {
    const { manifest } = channelKinds[kind];
    let validate = this.#validators.get(kind);
    if (validate === undefined) {
      validate = this.#compile(manifest.settings);
      this.#validators.set(kind, validate);
    }
    const validated = validate(settings);
    if (!validated.ok) return validated;
    const problem = manifest.problem?.(validated.value as never);
    if (problem !== undefined) return { ok: false, code: 'request.invalid', details: [problem] };
    return { ok: true, value: validated.value as object };
  }

  shown(kind: ChannelKind, settings: object) {
    const secrets = secretsOf(channelKinds[kind].manifest.settings);
    return {
      settings: Object.fromEntries(Object.entries(settings).filter(([name]) => !secrets.has(name))),
      secretsSet: Object.keys(settings).filter((name) => secrets.has(name)),
    };
  }
}

function secretsOf(schema: TSchema): ReadonlySet<string> {
  const { properties = {} } = schema as {
    readonly properties?: Readonly<Record<string, { readonly secret?: boolean }>>;
  };
  return new Set(Object.keys(properties).filter((name) => properties[name]?.secret === true));
}
