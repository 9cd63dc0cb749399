// This browser's service worker, and whether the hub may tell this browser of tasks by web push.

import { signal } from '@preact/signals';
import { call } from './api/client.js';
import { ApiError } from './api/problem.js';
import { texts } from './texts/common.js';

const WORKER = '/service-worker.js';
const KEPT_ID = 'agentcom.push';

/** `impossible`: no https, or a browser without web push. */
export type PushState = 'unknown' | 'impossible' | 'denied' | 'off' | 'on';

export const pushState = signal<PushState>('unknown');

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(url: string): string };
}

/** Browsers that ask for a trusted address get the one that there is. */
const { trustedTypes } = globalThis as { readonly trustedTypes?: TrustedTypes };
const trusted = trustedTypes?.createPolicy('service-worker', { createScriptURL: () => WORKER });

export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) {
    pushState.value = 'impossible';
    return;
  }
  await navigator.serviceWorker.register(trusted?.createScriptURL(WORKER) ?? WORKER, { updateViaCache: 'none' });
  await lookAtPush();
}

async function lookAtPush(): Promise<void> {
  if (!('PushManager' in globalThis) || !('Notification' in globalThis)) pushState.value = 'impossible';
  else if (Notification.permission === 'denied') pushState.value = 'denied';
  else pushState.value = (await subscriptionHere()) === undefined || keptId() === undefined ? 'off' : 'on';
}

async function subscriptionHere(): Promise<PushSubscription | undefined> {
  const { pushManager } = await navigator.serviceWorker.ready;
  return (await pushManager.getSubscription()) ?? undefined;
}

/** Asks the person, the browser's push service, and then the hub. */
export async function turnPushOn(): Promise<void> {
  const permission = await Notification.requestPermission();
  if (permission !== 'granted') {
    pushState.value = permission === 'denied' ? 'denied' : 'off';
    return;
  }
  const { publicKey } = await call('push.key');
  const { pushManager } = await navigator.serviceWorker.ready;
  const made = await pushManager
    .subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new ApiError('push.unavailable', 0, texts.push.unavailable(why));
    });
  const { endpoint = '', keys } = made.toJSON();
  const { id } = await call('push.subscribe', {
    body: { endpoint, keys: { p256dh: keys?.p256dh ?? '', auth: keys?.auth ?? '' } },
  });
  localStorage.setItem(KEPT_ID, id);
  pushState.value = 'on';
}

export async function turnPushOff(): Promise<void> {
  const id = keptId();
  localStorage.removeItem(KEPT_ID);
  await (await subscriptionHere())?.unsubscribe();
  pushState.value = 'off';
  if (id === undefined) return;
  await call('push.unsubscribe', { path: { id } }).catch((error: unknown) => {
    // The hub has forgotten it by itself.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
}

function keptId(): string | undefined {
  try {
    return localStorage.getItem(KEPT_ID) ?? undefined;
  } catch {
    return undefined;
  }
}
