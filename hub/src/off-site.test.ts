import type { HubSettings } from '@agentcom/schemas';
import { describe, expect, it } from 'vitest';
import { offSitePlace } from './off-site.js';

function placeOf(settings: Partial<HubSettings>) {
  return offSitePlace({ backupS3Region: 'eu-central-1', ...settings } as HubSettings);
}
const keys = { backupS3AccessKeyId: 'id', backupS3SecretKey: 'secret' };

describe('the place for copies', () => {
  it('is none unless it is said, and a directory unless it is an address', () => {
    expect(placeOf({})).toBeUndefined();
    expect(placeOf({ backupOffSite: '/mnt/elsewhere' })).toEqual({ kind: 'directory', directory: '/mnt/elsewhere' });
  });

  it('is a bucket of Amazon, or of the store that is named', () => {
    const bucket = {
      kind: 's3',
      region: 'eu-central-1',
      bucket: 'backups',
      accessKeyId: 'id',
      secretAccessKey: 'secret',
    };
    expect(placeOf({ ...keys, backupOffSite: 's3://backups' })).toEqual({
      ...bucket,
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      prefix: '',
    });
    const backupS3Endpoint = 'http://127.0.0.1:9000/';
    expect(placeOf({ ...keys, backupS3Endpoint, backupOffSite: 's3://backups/hubs/one' })).toEqual({
      ...bucket,
      endpoint: 'http://127.0.0.1:9000',
      prefix: 'hubs/one/',
    });
  });

  it.each([
    [{ ...keys, backupOffSite: 's3://Not_A_Bucket' }, 'backupOffSite must be a directory, or s3://BUCKET/PREFIX'],
    [{ ...keys, backupOffSite: 'ftp://host/backups' }, 'backupOffSite must be a directory'],
    [{ backupOffSite: 's3://backups' }, 'set both backupS3AccessKeyId and backupS3SecretKey'],
  ])('%j is refused by name', (settings, message) => {
    expect(() => placeOf(settings)).toThrow(message);
  });
});
