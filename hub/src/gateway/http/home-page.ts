// What a person sees who opens the hub's address in a browser: whether it is well, and the commands that go on from here. Nothing that
// `/healthz` does not say to everybody, and no script.

import type { Health } from '@agentcom/schemas';
import { pageHeaders, STYLE, text } from './page.js';

export const HOME_HEADERS = pageHeaders();

const HEADLINES: Readonly<Record<Health['status'], string>> = {
  healthy: 'Healthy',
  degraded: 'Working, with problems',
  not_ready: 'Not ready',
};

/**
 * @param health   as `/healthz` gives it
 * @param address  where this hub is reached, for the commands
 */
export function homePage({ status, reasons }: Health, address: string, version: string): string {
  const causes = reasons.map(
    ({ code, message }) => `<li>${text(message)} <span class="muted">${text(code)}</span></li>`,
  );
  const agentcom = `agentcom --hub ${text(address)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AgentCom hub: ${HEADLINES[status]}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>AgentCom hub</h1>
<p><strong class="${status}">${HEADLINES[status]}</strong> <span class="muted">version ${text(version)}</span></p>
${causes.length === 0 ? '' : `<ul>${causes.join('')}</ul>\n`}<h2>See what is going on</h2>
<pre>${agentcom} status
${agentcom} task list</pre>
<h2>Submit a task</h2>
<pre>${agentcom} submit "Fix the login form" \\
  --repo https://example.org/shop.git --wait</pre>
<h2>Add a machine</h2>
<p>This prints the command to run on it.</p>
<pre>${agentcom} agent invite</pre>
<p class="muted">Commands use your key: the owner's on the hub's machine, elsewhere the one given with <code>--key-file</code> or saved by
<code>agentcom context add</code>.</p>
<p class="muted">For monitoring: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/livez">/livez</a>.</p>
</main>
</body>
</html>
`;
}
