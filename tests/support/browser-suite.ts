// A browser and a hub of its own for the tests of one file; nothing of them is left behind.

import { afterAll, beforeAll, expect } from 'vitest';
import { type Person, signIn, TestBrowser, type View } from './browser.js';
import { type Hub, startHub } from './hub.js';
import { Sandbox } from './sandbox.js';

type Settings = Readonly<Record<string, string>>;

export class BrowserSuite {
  sandbox!: Sandbox;
  hub!: Hub;
  #browser!: TestBrowser;

  /** Call it outside of the tests: it is there in them. `settings`: of the hub, as in the environment. */
  constructor(settings: Settings | ((sandbox: Sandbox) => Promise<Settings>) = {}) {
    beforeAll(async () => {
      this.sandbox = new Sandbox();
      const env = typeof settings === 'function' ? await settings(this.sandbox) : settings;
      [this.#browser, this.hub] = await Promise.all([TestBrowser.start(), startHub(this.sandbox, { env })]);
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.hub?.stop();
      expect(await this.sandbox?.close()).toEqual([]);
    });
  }

  /** Nobody yet: not signed in. `url`: of the hub, as this one types it. */
  person(view: View = {}, url = this.hub.url): Promise<Person> {
    return this.#browser.person(url, view);
  }

  async owner(view: View = {}): Promise<Person> {
    const person = await this.person(view);
    await signIn(person, this.hub);
    return person;
  }
}
