// All kinds of channels by name, and what can be said of their settings without knowing the kind.

import { type ChannelKind, compiler, type ErrorDetail, type TSchema, type Validated } from '@agentcom/schemas';
import type { ChannelKinds } from '../ports.js';
import { isWebAddress, shownAddress } from './address.js';
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
    const problem = noAddress(manifest, validated.value as object) ?? manifest.problem?.(validated.value as never);
    if (problem !== undefined) return { ok: false, code: 'request.invalid', details: [problem] };
    return { ok: true, value: validated.value as object };
  }

  shown(kind: ChannelKind, settings: object) {
    const { secrets, addresses } = marked(channelKinds[kind].manifest.settings);
    const isSecret = ([name]: [string, unknown]): boolean => secrets.has(name);
    const all = Object.entries(settings);
    return {
      settings: Object.fromEntries(all.filter((one) => !isSecret(one))),
      secrets: Object.fromEntries(
        all.filter(isSecret).map(([name, value]) => [name, addresses.has(name) ? ofAddress(value) : SET]),
      ),
    };
  }
}

/** How a secret is shown. */
const SET = 'set';

function ofAddress(value: unknown): string {
  return typeof value === 'string' && isWebAddress(value) ? shownAddress(value) : SET;
}

function noAddress({ settings: schema }: ChannelManifest, settings: object): ErrorDetail | undefined {
  const { addresses } = marked(schema);
  const wrong = Object.entries(settings).find(
    ([name, value]) => addresses.has(name) && typeof value === 'string' && !isWebAddress(value),
  );
  return wrong && { path: `/${wrong[0]}`, message: 'must be a web address with a host and a port that there can be' };
}

/** Fields that the schema marks. */
function marked(schema: TSchema): { readonly secrets: ReadonlySet<string>; readonly addresses: ReadonlySet<string> } {
  const { properties = {} } = schema as {
    readonly properties?: Readonly<Record<string, { readonly secret?: boolean; readonly address?: boolean }>>;
  };
  const names = (mark: 'secret' | 'address') =>
    new Set(Object.keys(properties).filter((name) => properties[name]?.[mark] === true));
  return { secrets: names('secret'), addresses: names('address') };
}
