// Where copies of backups go, from the settings.

import type { HubSettings } from '@agentcom/schemas';
import type { OffSite } from './journal/backup/offsite/target.js';

const BUCKET = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w./ -]*))?$/;

/** Undefined without copies. Throws, naming the setting, for what cannot be a place. */
export function offSitePlace(settings: HubSettings): OffSite | undefined {
  const { backupOffSite: place, backupS3Region: region, backupS3Endpoint: endpoint } = settings;
  const { backupS3AccessKeyId: accessKeyId, backupS3SecretKey: secretAccessKey } = settings;
  if (place === undefined) return undefined;
  if (!place.includes('://')) return { kind: 'directory', directory: place };
  const [, bucket, path = ''] = BUCKET.exec(place) ?? [];
  if (bucket === undefined) throw new Error('backupOffSite must be a directory, or s3://BUCKET/PREFIX');
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error('to copy backups to a bucket, set both backupS3AccessKeyId and backupS3SecretKey');
  return {
    kind: 's3',
    endpoint: (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, ''),
    region,
    bucket,
    prefix: path === '' || path.endsWith('/') ? path : `${path}/`,
    accessKeyId,
    secretAccessKey,
  };
}
