import { expect, test } from 'vitest';
import { isUsable } from './memory-folder.mjs';

const DISK = '/dev/vda / ext4 rw,relatime 0 0\n';

test('only memory that programs can be run from is taken for the files of tests', () => {
  expect(isUsable(`${DISK}tmpfs /dev/shm tmpfs rw,nosuid,nodev 0 0\n`)).toBe(true);
  expect(isUsable(`${DISK}shm /dev/shm tmpfs rw,nosuid,nodev,noexec,size=65536k 0 0\n`)).toBe(false);
  expect(isUsable(`${DISK}tmpfs /dev/shm tmpfs ro 0 0\n`)).toBe(false);
  expect(isUsable(`${DISK}/dev/vdb /dev/shm ext4 rw 0 0\n`)).toBe(false);
  expect(isUsable(DISK)).toBe(false);
});

test('of two mounts in one place the later one counts', () => {
  expect(isUsable('tmpfs /dev/shm tmpfs rw 0 0\nshm /dev/shm tmpfs rw,noexec 0 0\n')).toBe(false);
});
