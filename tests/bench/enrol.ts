// Enrols many machines. The hub lets only so many join from one address in a minute, so each lot comes from a loopback address of its own.

import { request } from 'node:http';
import { type HubApi, hashOf, type Machine, newKey } from '../support/api.js';

const FROM_ONE_ADDRESS = 50;
const REQUEST_TIMEOUT_MS = 20_000;

export async function enrolMany(api: HubApi, prefix: string, count: number, firstLot = 2): Promise<Machine[]> {
  const machines: Machine[] = [];
  for (let lot = 0; machines.length < count; lot++) {
    const size = Math.min(FROM_ONE_ADDRESS, count - machines.length);
    const { token } = await api.need<{ token: string }>('POST', '/enrolments', { uses: size });
    const number = firstLot + lot;
    const localAddress = `127.0.${Math.floor(number / 250)}.${(number % 250) + 1}`;
    const joined = Array.from({ length: size }, async (_, i) => {
      const machine = { name: `${prefix}-${machines.length + i}`, key: newKey() };
      await enrol(api.url, localAddress, token, machine);
      return machine;
    });
    machines.push(...(await Promise.all(joined)));
  }
  return machines;
}

function enrol(url: string, localAddress: string, token: string, machine: Machine): Promise<void> {
  const body = {
    token,
    keyHash: hashOf(machine.key),
    name: machine.name,
    capabilities: [],
    host: 'bench',
    os: 'linux',
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/api/v1/enrol`,
      { method: 'POST', localAddress, timeout: REQUEST_TIMEOUT_MS, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => {
          if (response.statusCode === 201) resolve();
          else reject(new Error(`enrolling ${machine.name}: ${response.statusCode} ${text}`));
        });
      },
    );
    sent.on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`enrolling ${machine.name}: no answer`)));
    sent.end(JSON.stringify(body));
  });
}
