// Every kind of agent there is. A new one is a file beside this one, its fixture, its name in the schemas, and a line here.

import type { RunnerKind } from '@agentcom/schemas';
import type { KindDefinition } from '../kind.js';
import { aider } from './aider.js';
import { claude } from './claude.js';
import { codex } from './codex.js';
import { command } from './command.js';
import { gemini } from './gemini.js';
import { opencode } from './opencode.js';

const BY_KIND: Readonly<Record<RunnerKind, KindDefinition>> = { claude, codex, opencode, gemini, aider, command };

export const KINDS: ReadonlyMap<RunnerKind, KindDefinition> = new Map(
  Object.values(BY_KIND).map((definition) => [definition.kind, definition]),
);
