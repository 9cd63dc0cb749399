// What `agentcom join` can be told.

import type { RunnerKind } from '@agentcom/schemas';
import { InvalidArgumentError } from 'commander';
import { isSlug } from '../enrol.js';
import type { ServiceKind } from '../service/service.js';

export interface JoinFlags {
  readonly tokenFile?: string;
  readonly name?: string;
  readonly runner?: readonly RunnerKind[];
  readonly capability?: readonly string[];
  readonly author?: Author;
  readonly repo?: readonly string[];
  readonly repoRoot?: string;
  readonly dir?: string;
  readonly configFrom?: string;
  readonly inheritEnv?: boolean;
  readonly runUser?: string;
  /** An image. */
  readonly container?: string;
  readonly containerEngine?: string;
  readonly rejoin?: boolean;
  readonly insecure?: boolean;
  readonly service?: true | ServiceKind;
  readonly test: boolean;
}

export interface Author {
  readonly name: string;
  readonly address: string;
}

export function slug(text: string): string {
  if (isSlug(text)) return text;
  throw new InvalidArgumentError('It must be at most 64 lower-case letters, digits and inner hyphens.');
}

export function author(text: string): Author {
  const [, name, address] = /^\s*([^<>]+?)\s*<([^<>\s]+)>\s*$/.exec(text) ?? [];
  if (name === undefined || address === undefined)
    throw new InvalidArgumentError('It must be of the form: Name <address>.');
  return { name, address };
}
