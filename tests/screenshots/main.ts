// `npm run screenshots`: every page, at three widths, light and dark, into a folder that git ignores. `-- NAME` takes those scenes alone.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemberRole } from '@agentcom/schemas';
import { HubApi } from '../support/api.js';
import { type Person, signIn, TestBrowser, type Theme } from '../support/browser.js';
import { REPOSITORY } from '../support/cli.js';
import { type Hub, startHub } from '../support/hub.js';
import { Sandbox } from '../support/sandbox.js';
import { manyHub } from './many-scenes.js';
import { busyHub, SCENES, type Scene } from './scenes.js';

const PLACE = join(REPOSITORY, 'tests', 'dist', 'pictures');
const WIDTHS = [1440, 1024, 390];
const HEIGHTS: Readonly<Record<number, number>> = { 1440: 900, 1024: 768, 390: 844 };
const THEMES: readonly Theme[] = ['light', 'dark'];

const wanted = process.argv.slice(2);
const scenes = SCENES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (scenes.length === 0) throw new Error(`no such scene; there are ${SCENES.map(({ name }) => name).join(', ')}`);

const sandboxes = { empty: new Sandbox(), busy: new Sandbox(), many: new Sandbox() };
const FILLED = { empty: async () => [], busy: busyHub, many: manyHub };
const apis = new Map<string, HubApi>();
// An exit kills what runs in the sandboxes; a signal alone would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const browser = await TestBrowser.start();
try {
  if (wanted.length === 0) await rm(PLACE, { recursive: true, force: true });
  await mkdir(PLACE, { recursive: true });
  for (const kind of ['empty', 'busy', 'many'] as const) {
    const ours = scenes.filter(({ hub }) => hub === kind);
    if (ours.length === 0) continue;
    const hub = await startHub(sandboxes[kind], { env: { AGENTCOM_REGISTRATION: 'open' } });
    try {
      const agents = await FILLED[kind](hub);
      for (const theme of THEMES) for (const width of WIDTHS) await take(hub, ours, theme, width);
      await Promise.all(agents.map((agent) => agent.close()));
    } finally {
      await hub.stop();
    }
  }
} finally {
  await browser.close();
  await Promise.all(Object.values(sandboxes).map((sandbox) => sandbox.close()));
}

async function take(hub: Hub, ours: readonly Scene[], theme: Theme, width: number): Promise<void> {
  for (const scene of ours) {
    const person = await browser.person(hub.url, { width, height: HEIGHTS[width] ?? 900, theme });
    const file = `${scene.name}-${width}-${theme}.png`;
    try {
      await picture(person, hub, scene, file);
    } catch (error) {
      // The others are still worth having.
      process.exitCode = 1;
      console.log(`${file}: ${error}`);
    } finally {
      await scene.after?.(hub);
      await person.close();
    }
  }
}

async function picture(person: Person, hub: Hub, scene: Scene, file: string): Promise<void> {
  const { page } = person;
  if (scene.signedIn) await signIn(person, await seenBy(hub, scene.role));
  await page.goto(scene.path);
  await scene.prepare?.(page, hub);
  await page.evaluate(async () => {
    await (globalThis as unknown as { document: { fonts: { ready: Promise<unknown> } } }).document.fonts.ready;
  });
  await page.screenshot({ path: join(PLACE, file) });
  for (const complaint of person.complaints) console.log(`${file}: ${complaint}`);
}

/** What signs in: the key of the hub, or one of the role, of which each hub has one. */
async function seenBy(hub: Hub, role: MemberRole | undefined): Promise<Pick<Hub, 'api'>> {
  if (role === undefined) return hub;
  const name = `a ${role}`;
  const at = `${hub.url} ${role}`;
  let api = apis.get(at);
  if (api === undefined) {
    const { key } = await hub.api.need<{ key: string }>('POST', '/keys', { role, name });
    api = new HubApi(hub.url, key);
    apis.set(at, api);
  }
  return { api };
}
