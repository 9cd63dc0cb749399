// Backups wherever they are, for whoever has no hub that could be asked: a file or a directory, or a bucket with its credentials from the
// settings.

import type { HubSettings } from '@agentcom/schemas';
import { type BackupInfo, describeBackups, isBackupName, listBackups } from './journal/backup/backup.js';
import { BackupFile, type BackupSource, BackupUnreachable, isBucketAddress } from './journal/backup/backup-source.js';
import { S3Source } from './journal/backup/offsite/s3-source.js';
import { S3Target } from './journal/backup/offsite/s3-target.js';
import { bucketPlace } from './off-site.js';

/** Newest first. Throws, naming the setting, without credentials for a bucket. */
export async function backupsAt(settings: HubSettings, place: string): Promise<BackupInfo[]> {
  if (!isBucketAddress(place)) return listBackups(place);
  const bucket = new S3Target(bucketPlace(settings, place));
  const names = await bucket.list().catch((cause: Error) => {
    throw new BackupUnreachable(cause.message, { cause });
  });
  return describeBackups(names, (name) => new S3Source(bucket, name));
}

/** The backup of that path or address; of the address of a place in a bucket, the newest there. */
export async function backupAt(settings: HubSettings, address: string): Promise<BackupSource> {
  if (!isBucketAddress(address)) return new BackupFile(address);
  const end = address.lastIndexOf('/') + 1;
  if (isBackupName(address.slice(end)))
    return new S3Source(new S3Target(bucketPlace(settings, address.slice(0, end))), address.slice(end));
  const [newest] = await backupsAt(settings, address);
  if (newest === undefined) throw new BackupUnreachable(`no backup was found in ${address}`);
  return backupAt(settings, newest.file);
}
