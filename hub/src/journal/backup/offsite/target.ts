// Where copies of backups go so that they outlive the machine: a directory, such as a mounted disk of another one, or a bucket.

import type { OnProgress } from '../../worker-process.js';
import { DirectoryTarget } from './directory-target.js';
import { S3Target } from './s3-target.js';

export type OffSite = { readonly kind: 'directory'; readonly directory: string } | ({ readonly kind: 's3' } & S3Place);

export interface S3Place {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Before every name; empty, or with a slash at its end. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface OffSiteTarget {
  /** The names of what is there, in whatever order. */
  list(): Promise<readonly string[]>;
  /** Copies the file whole or not at all; a copy of that name is replaced. */
  put(file: string, name: string, onProgress: OnProgress): Promise<void>;
  remove(name: string): Promise<void>;
  /** Removes what copies of backups left that were cut off; those that began later than `beforeMs` (wall clock) may still run. */
  removeUnfinished(beforeMs: number): Promise<void>;
}

/** `traceparent` is the span of what is done there, while traces are on. */
export function openTarget(place: OffSite, traceparent?: string): OffSiteTarget {
  return place.kind === 'directory' ? new DirectoryTarget(place.directory) : new S3Target(place, { traceparent });
}
