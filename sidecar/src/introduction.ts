// What the sidecar says of itself: in the hello, in heartbeats, and as author of commits.

import { arch, hostname, loadavg, platform, release } from 'node:os';
import type { AgentIntroduction } from '@agentcom/schemas';
import { freeBytes } from '@agentcom/schemas/host';
import { LIMITS } from '@agentcom/schemas/limits';
import type { SidecarConfig } from './config.js';
import { VERSION } from './version.js';

export function introduction(config: SidecarConfig): AgentIntroduction {
  const os = `${platform()} ${release()} ${arch()}`;
  return { name: config.name, capabilities: capabilitiesOf(config), version: VERSION, host: hostname(), os };
}

/** What it was given, and by itself the kinds of agents that it can wake. */
function capabilitiesOf({ capabilities, runner }: SidecarConfig): readonly string[] {
  const kinds = [runner.kind, ...runner.also].map((kind) => `runner:${kind}`);
  return [...new Set([...kinds, ...capabilities])].slice(0, LIMITS.capabilities);
}

export async function healthOf({ repoRoot }: SidecarConfig): Promise<{ load?: number; freeDiskBytes?: number }> {
  const [load = 0] = loadavg();
  try {
    return { load, freeDiskBytes: await freeBytes(repoRoot) };
  } catch {
    return { load };
  }
}

/** Author and committer are named in full, so that git asks neither the machine nor the home directory for them. */
export function identityOf({ authorName, authorEmail }: SidecarConfig['git']): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: authorName,
    GIT_AUTHOR_EMAIL: authorEmail,
    GIT_COMMITTER_NAME: authorName,
    GIT_COMMITTER_EMAIL: authorEmail,
  };
}
