import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveName, fetchRelease, publishedChecksum } from './release.mjs';
import { natsServer, temporaryFolder } from './testing.js';

const name = archiveName('linux', 'x64') ?? '';
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Serves files by the last part of their path. */
async function serve(files: Record<string, Buffer | string>): Promise<string> {
  const server = createServer((request, response) => {
    const file = files[request.url?.split('/').at(-1) ?? ''];
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function archive(): Buffer {
  const folder = temporaryFolder();
  natsServer(join(folder, name), '2.10.27');
  const path = join(folder, 'archive.tar.gz');
  execFileSync('tar', ['-czf', path, '-C', folder, name]);
  return readFileSync(path);
}

describe('the official release', () => {
  it('has an archive for each system it is published for, and none for others', () => {
    expect(archiveName('linux', 'x64')).toMatch(/^nats-server-v\d+\.\d+\.\d+-linux-amd64$/);
    expect(archiveName('darwin', 'arm64')).toMatch(/-darwin-arm64$/);
    expect(archiveName('sunos', 'x64')).toBeUndefined();
    expect(archiveName('linux', 'mips')).toBeUndefined();
  });

  it('is unpacked when its checksum is the published one', async () => {
    const content = archive();
    const base = await serve({ SHA256SUMS: `${sha256(content)}  ${name}.tar.gz\n`, [`${name}.tar.gz`]: content });
    const path = await fetchRelease(join(temporaryFolder(), 'release'), { name, base });
    expect(readFileSync(path, 'utf8')).toContain('nats-server: v2.10.27');
  });

  it('is refused, and not unpacked, when its checksum is another', async () => {
    const content = archive();
    const published = sha256(Buffer.from('what was published'));
    const base = await serve({ SHA256SUMS: `${published}  ${name}.tar.gz\n`, [`${name}.tar.gz`]: content });
    const folder = join(temporaryFolder(), 'release');
    await expect(fetchRelease(folder, { name, base })).rejects.toThrow(
      `${name}.tar.gz has the checksum ${sha256(content)}, but ${published} is published`,
    );
    expect(existsSync(folder)).toBe(false);
  });

  it('is refused when no checksum is published for it', async () => {
    const base = await serve({ SHA256SUMS: `${'0'.repeat(64)}  something-else.tar.gz\n` });
    await expect(fetchRelease(temporaryFolder(), { name, base })).rejects.toThrow('SHA256SUMS');
  });

  it('that cannot be fetched is named, with the reason', async () => {
    const base = await serve({});
    await expect(fetchRelease(temporaryFolder(), { name, base })).rejects.toThrow(
      /SHA256SUMS could not be fetched: status 404/,
    );
    await expect(fetchRelease(temporaryFolder(), { name, base: 'http://127.0.0.1:1' })).rejects.toThrow(
      'could not be fetched',
    );
  });
});

describe('SHA256SUMS', () => {
  const sum = 'AB'.repeat(32);

  it('is read by exact file name, in both modes of sha256sum', () => {
    const sums = `${'1'.repeat(64)}  a.tar.gz.sig\n${sum}  a.tar.gz\n${'2'.repeat(64)} *b.zip\r\n`;
    expect(publishedChecksum(sums, 'a.tar.gz')).toBe(sum.toLowerCase());
    expect(publishedChecksum(sums, 'b.zip')).toBe('2'.repeat(64));
  });

  it('gives nothing for a file it does not name, or a sum that is none', () => {
    expect(publishedChecksum(`${sum}  a.tar.gz\n`, 'tar.gz')).toBeUndefined();
    expect(publishedChecksum('abc  a.tar.gz\n', 'a.tar.gz')).toBeUndefined();
    expect(publishedChecksum('', 'a.tar.gz')).toBeUndefined();
  });
});
