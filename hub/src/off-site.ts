// Where copies of backups go, from the settings.

import type { HubSettings } from '@agentcom/schemas';
import type { OffSite, S3Place } from './journal/backup/offsite/target.js';

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./ -]*))?$/;

/** Undefined without copies. Throws, naming the setting, for what cannot be a place. */
export function offSitePlace(settings: HubSettings): OffSite | undefined {
  const { backupOffSite: place } = settings;
  if (place === undefined) return undefined;
  if (!place.includes('://')) return { kind: 'directory', directory: place };
  if (!BUCKET.test(place)) throw new Error('backupOffSite must be a directory, or s3://BUCKET/PREFIX');
  return { kind: 's3', ...bucketPlace(settings, place) };
}

/** What `s3://BUCKET/PREFIX` leads to by the settings. */
export function bucketPlace(settings: HubSettings, address: string): S3Place {
  const { backupS3Region: region, backupS3Endpoint: endpoint } = settings;
  const { backupS3AccessKeyId: accessKeyId, backupS3SecretKey: secretAccessKey } = settings;
  const [, bucket, path = ''] = BUCKET.exec(address) ?? [];
  if (bucket === undefined) throw new Error(`${address} is not a place in a bucket: s3://BUCKET/PREFIX`);
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('for backups in a bucket, set both backupS3AccessKeyId and backupS3SecretKey');
  return {
    endpoint: (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, ''),
    region,
    bucket,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
    accessKeyId,
    secretAccessKey,
  };
}
