import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { HOME_HEADERS, homePage } from './home-page.js';

test('the page says how the hub is, why, and what to run, whatever the texts hold', () => {
  const reasons = [{ code: 'disk.low', message: 'less than <1 GiB> is left on "data"' }];
  const page = homePage({ status: 'degraded', reasons }, 'http://hub.example:7700', '1.2.3');
  expect(page).toContain('Working, with problems');
  expect(page).toContain('less than &lt;1 GiB&gt; is left on &quot;data&quot;');
  expect(page).toContain('disk.low');
  expect(page).toContain('agentcom --hub http://hub.example:7700 status');
  expect(page).toContain('version 1.2.3');
});

test('the page takes nothing from elsewhere, and its own style is the only one that it allows', () => {
  const page = homePage({ status: 'healthy', reasons: [] }, 'http://hub.example', '1.2.3');
  const style = /<style>([\s\S]*)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(HOME_HEADERS['content-security-policy']).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
  expect(page).not.toMatch(/<script|style=|src=| on[a-z]+=/);
});
