// Whether a hub is there, ready, and of the same time as this machine.

import type { HubClient } from '../client.js';
import { CommandError } from '../exit.js';
import { duration } from '../text.js';
import { type Check, fail, pass, warn } from './check.js';

export const HUB_TIMEOUT_MS = 5_000;
const SKEW_WARN_MS = 5_000;
/** Tokens and keys that expire, and times in histories, mean little past this. */
const SKEW_FAIL_MS = 60_000;

/** `client` needs no key. */
export async function checkHub(client: HubClient, now: () => number): Promise<readonly Check[]> {
  const name = 'hub';
  try {
    const askedAt = now();
    const { status, body, date, answer } = await client.probe('health', HUB_TIMEOUT_MS);
    const answeredAt = now();
    if (!isHub(body)) {
      return [
        fail(
          name,
          `${client.hub} is not an AgentCom hub: it answered with ${answer}`,
          "Check the address, any proxy, and this network's sign-in page.",
        ),
      ];
    }
    const ready =
      status === 200
        ? readyCheck(client.hub, body)
        : fail(
            name,
            `${client.hub} answers, but is not ready${reasonsOf(body)}`,
            codesOf(body).includes('low_disk')
              ? "Free up space on the disk with the hub's data. It continues by itself."
              : 'Wait a moment and retry. If it does not become ready, read its log.',
          );
    return [ready, ...(date === undefined ? [] : [checkClock(Date.parse(date), askedAt, answeredAt)])];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [failedCheck(name, error)];
  }
}

/** A hub that works may still lack something. */
function readyCheck(hub: string, body: object): Check {
  const reasons = reasonsOf(body);
  if (reasons === '') return pass('hub', `${hub} is ready`);
  return warn('hub', `${hub} is ready, but degraded${reasons}`, "Fix this on the hub's machine.");
}

/** The header has whole seconds, and was written between the question and the answer. */
export function checkClock(hubMs: number, askedAt: number, answeredAt: number): Check {
  const name = 'clock';
  const skewMs = hubMs + 1000 < askedAt ? askedAt - hubMs - 1000 : Math.max(0, hubMs - answeredAt);
  if (skewMs < SKEW_WARN_MS) return pass(name, "agrees with the hub's");
  const detail = `differs from the hub's by ${duration(skewMs)}`;
  const remedy = 'Synchronise both clocks with NTP (on most Linux systems: timedatectl set-ntp true).';
  return skewMs < SKEW_FAIL_MS ? warn(name, detail, remedy) : fail(name, detail, remedy);
}

export function failedCheck(name: string, error: CommandError): Check {
  const { message, details, remedy } = error;
  const detail = [message, ...details.map((one) => `${one.path} ${one.message}`)].join('; ');
  return { name, state: 'fail', detail, ...(remedy !== undefined && { remedy }) };
}

function isHub(body: unknown): body is object {
  return typeof body === 'object' && body !== null && 'status' in body && 'reasons' in body;
}

function codesOf(body: object): readonly unknown[] {
  return reasonsIn(body).map((reason) =>
    typeof reason === 'object' && reason !== null && 'code' in reason ? reason.code : undefined,
  );
}

function reasonsIn(body: unknown): readonly unknown[] {
  return typeof body === 'object' && body !== null && 'reasons' in body && Array.isArray(body.reasons)
    ? body.reasons
    : [];
}

function reasonsOf(body: unknown): string {
  const reasons = reasonsIn(body).map((reason: unknown) =>
    typeof reason === 'object' && reason !== null && 'message' in reason ? String(reason.message) : String(reason),
  );
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}
