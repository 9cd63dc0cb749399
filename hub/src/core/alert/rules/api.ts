// Rules about who calls the hub, and what they get.

import type { Key } from '../../access/access.js';
import type { ThrottledFigures } from '../figures.js';
import { type Finding, firstSubjects, type HubRules, type OrgRules, page } from './rule.js';
import { at, count, span } from './texts.js';

/** A key that was not used for so long is not in use, ms. */
const IN_USE_MS = 7 * 24 * 3_600_000;

export const apiRules: HubRules = {
  ApiErrors: ({ figures }, { allowedPerMille, warnBurnTenths, pageBurnTenths, minimumRequests }) => {
    const { requests } = figures;
    if (requests === undefined || requests.hour.all < minimumRequests) return undefined;
    const { hour, fiveMinutes } = requests;
    const burn = ({ failed, all }: typeof hour): number =>
      all === 0 ? 0 : (failed / all) * (1000 / allowedPerMille) * 10;
    const both = Math.min(burn(hour), burn(fiveMinutes));
    if (both < warnBurnTenths) return undefined;
    const limitTenths = both >= pageBurnTenths ? pageBurnTenths : warnBurnTenths;
    const percent = (share: number): number => Math.round(share * 10_000) / 100;
    return {
      ...page(both >= pageBurnTenths),
      value: percent(hour.failed / hour.all),
      limit: percent((limitTenths * allowedPerMille) / 10_000),
      unit: 'percent',
      subjects: [],
      count: hour.failed,
      why: `The hub failed to answer ${hour.failed} of ${count(hour.all, 'request')} in the last hour and ${fiveMinutes.failed} of ${fiveMinutes.all} in the last 5 min: ${percent(hour.failed / hour.all)} % (limit ${percent((limitTenths * allowedPerMille) / 10_000)} %).`,
    };
  },

  AuthFailures: ({ figures }, { refusals }) => {
    const many = figures.refusedKeys.filter((one) => one.count > refusals).sort((a, b) => b.count - a.count);
    const [worst] = many;
    if (worst === undefined) return undefined;
    return {
      value: worst.count,
      limit: refusals,
      unit: 'count',
      subjects: firstSubjects(many, ({ address }) => ({ kind: 'address', id: address, name: address })),
      count: many.length,
      why: `${count(worst.count, 'key')} from ${worst.address} ${worst.count === 1 ? 'was' : 'were'} refused in 5 min (limit ${refusals}). Somebody guesses keys, or a machine uses one that was revoked.`,
    };
  },

  ExpiresSoon: ({ figures, now }, { certificateSeconds, certificatePageSeconds }) => {
    const { certificateEndsAt: endsAt } = figures;
    if (endsAt === undefined || endsAt - now > certificateSeconds * 1000) return undefined;
    const isPage = endsAt - now <= certificatePageSeconds * 1000;
    const left = endsAt > now ? `ends in ${span(endsAt - now)}` : `ended ${span(now - endsAt)} ago`;
    return {
      ...page(isPage),
      value: Math.floor((endsAt - now) / 1000),
      limit: isPage ? certificatePageSeconds : certificateSeconds,
      unit: 'seconds',
      subjects: [],
      count: 1,
      why: `The hub's certificate ${left}, at ${at(endsAt)}. After that no machine connects.`,
    };
  },

  Throttled: ({ figures }, { limitedMinutes }) => throttled(figures.throttled, undefined, limitedMinutes),
};

export const orgApiRules: OrgRules = {
  Throttled: ({ figures, org }, { limitedMinutes }) => throttled(figures.throttled, org, limitedMinutes),

  ExpiresSoon: ({ state, org, now }, { keySeconds }) => {
    const soon: { readonly key: Key; readonly endsAt: number }[] = [];
    for (const key of state.access.keysOf.of(org)) {
      const { expiresAt: endsAt, revokedAt, replacedBy, usedAt } = key;
      if (endsAt === undefined || revokedAt !== undefined || replacedBy !== undefined || endsAt <= now) continue;
      if (endsAt - now > keySeconds * 1000 || usedAt === undefined || now - usedAt > IN_USE_MS) continue;
      // One that was made for less lasts as long as its maker wanted.
      if (endsAt - key.createdAt > 2 * keySeconds * 1000) soon.push({ key, endsAt });
    }
    soon.sort((a, b) => a.endsAt - b.endsAt);
    const [first] = soon;
    if (first === undefined) return undefined;
    return {
      value: Math.floor((first.endsAt - now) / 1000),
      limit: keySeconds,
      unit: 'seconds',
      subjects: firstSubjects(soon, ({ key }) => ({ kind: 'key', id: key.id, name: key.name })),
      count: soon.length,
      why: `The key ${first.key.name}, last used ${span(now - (first.key.usedAt ?? now))} ago, ends in ${span(first.endsAt - now)}, at ${at(first.endsAt)}. Whoever uses it is refused from then on.`,
    };
  },
};

function throttled(all: readonly ThrottledFigures[], org: string | undefined, minutes: number): Finding | undefined {
  const often = all.filter((one) => one.org === org && one.minutes >= minutes).sort((a, b) => b.minutes - a.minutes);
  const [worst] = often;
  if (worst === undefined) return undefined;
  return {
    value: worst.minutes,
    limit: minutes,
    unit: 'count',
    subjects: firstSubjects(often, ({ subject }) => subject),
    count: often.length,
    why: `${worst.subject.name} met a limit in ${worst.minutes} of the last 15 min (limit ${minutes}): it asks more often than it may.`,
  };
}
