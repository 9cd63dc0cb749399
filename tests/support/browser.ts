// Debian's Chromium, driven by playwright-core: one for a file of tests. Whatever a page complains about is kept: what its policy refuses,
// errors of scripts and requests that failed.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { type BrowserContext, type Browser as Chromium, chromium, type Page } from 'playwright-core';
import { REPOSITORY } from './cli.js';
import type { Hub } from './hub.js';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--force-color-profile=srgb',
];
/** For a machine that has more to do. */
const WAIT_MS = 60_000;
/** WCAG 2.2 AA, and what axe recommends beside it. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export type Theme = 'light' | 'dark';

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: Theme;
  readonly timezone?: string;
}

let found: Promise<string> | undefined;

/** The program that set-up has found or fetched, asked for once for all files that share a process. */
function chromiumPath(): Promise<string> {
  const setup = join(REPOSITORY, 'scripts', 'setup.mjs');
  found ??= promisify(execFile)(process.execPath, [setup, '--chromium']).then(({ stdout }) => stdout.trim());
  return found;
}

export class TestBrowser {
  private constructor(private readonly chromium: Chromium) {}

  static async start(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: await chromiumPath(), args: FLAGS }));
  }

  /** A browser that nobody has used before: no cookies, nothing kept. */
  async person(
    url: string,
    { width = 1440, height = 900, theme = 'light', timezone = 'UTC' }: View = {},
  ): Promise<Person> {
    const context = await this.chromium.newContext({
      baseURL: url,
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
      timezoneId: timezone,
      locale: 'en-GB',
      hasTouch: width < 600,
    });
    context.setDefaultTimeout(WAIT_MS);
    return new Person(context, await context.newPage());
  }

  close(): Promise<void> {
    return this.chromium.close();
  }
}

/** One window, and what was wrong in it. */
export class Person {
  readonly complaints: string[] = [];

  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('console', (message) => {
      if (message.type() === 'error' && !isExpected(message.text(), message.location().url)) {
        this.complaints.push(`console: ${message.text()} (${message.location().url})`);
      }
    });
    page.on('pageerror', (error) => this.complaints.push(`script: ${error.message}`));
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? '';
      if (reason !== 'net::ERR_ABORTED') this.complaints.push(`request: ${request.url()} ${reason}`);
    });
    page.on('request', (request) => {
      const isOwn =
        new URL(request.url()).origin === new URL(page.url() === 'about:blank' ? request.url() : page.url()).origin;
      if (!isOwn && !request.isNavigationRequest() && !request.url().startsWith('data:')) {
        this.complaints.push(`request to elsewhere: ${request.url()}`);
      }
    });
  }

  /** What axe finds against WCAG 2.2 AA on the page as it is. */
  async barriers(): Promise<string[]> {
    await this.page.locator('.skeleton').last().waitFor({ state: 'detached' });
    // The policy of the page lets no script in that is not the hub's; the debugger's world is outside of it.
    await this.page.evaluate(axe.source);
    const violations = await this.page.evaluate(async (values) => {
      const { axe: inPage } = globalThis as unknown as { axe: typeof axe };
      return (await inPage.run({ runOnly: { type: 'tag', values } })).violations;
    }, TAGS);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`),
    );
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** A page cannot know whether somebody is signed in without asking. */
function isExpected(text: string, url: string): boolean {
  return text.includes('status of 401') && url.endsWith('/api/v1/me');
}

/** As the owner of the hub, by a link as the command makes it. */
export async function signIn({ page }: Person, hub: Pick<Hub, 'api'>): Promise<void> {
  const { url } = await hub.api.need<{ url: string }>('POST', '/sessions/links', {});
  await page.goto(new URL(url).pathname + new URL(url).hash);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('banner').waitFor();
}
