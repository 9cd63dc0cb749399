// The HTTP server's address, and its last moments.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const DRAIN_MS = 500;
const DRAIN_LOOK_MS = 20;

/** Gives open connections a moment to be told that the hub stops; resolves as soon as there are none. */
export async function untilUnused(server: Server): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  while (performance.now() < deadline) {
    const open = await new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
    if (open === 0) return;
    await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
  }
}

export function urlOf(host: string, address: AddressInfo, isSecure = false): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${isSecure ? 'https' : 'http'}://${name}:${address.port}`;
}
