import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machineId } from './machine-id.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentcom-machine-'));
  mkdirSync(join(folder, 'state'));
  file = join(folder, 'state', 'machine.json');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(path: string, more: object): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...more }));
}

test('a machine has the same id at every start, in a private file', () => {
  const { id, copiedFrom } = machineId(file);
  expect(copiedFrom).toBeUndefined();
  expect(machineId(file)).toEqual({ id, copiedFrom: undefined });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a copy has an id of its own, knows where it came from, and keeps it', () => {
  const { id } = machineId(file);
  const copy = join(folder, 'copy', 'machine.json');
  cpSync(join(folder, 'state'), join(folder, 'copy'), { recursive: true, preserveTimestamps: true });
  const found = machineId(copy);
  expect(found.id).not.toBe(id);
  expect(found.copiedFrom).toMatchObject({ path: file });
  expect(machineId(copy)).toEqual({ id: found.id, copiedFrom: undefined });
  expect(machineId(file).id).toBe(id);
});

test('a copy at the same place in another container is one, too', () => {
  const { id } = machineId(file);
  cpSync(file, `${file}.copy`);
  change(`${file}.copy`, { host: 'another-container' });
  renameSync(`${file}.copy`, file);
  expect(machineId(file).id).not.toBe(id);
});

test('a container that is made anew on the same volume keeps its id, whatever it is called now and wherever the volume is', () => {
  const { id } = machineId(file);
  change(file, { host: 'the-container-before', path: '/elsewhere/machine.json' });
  expect(machineId(file).id).toBe(id);
});

test('a file system that makes up its inodes anew does not change the id', () => {
  const { id } = machineId(file);
  change(file, { inode: '1', madeAt: '0' });
  expect(machineId(file).id).toBe(id);
});

test('a copy of a whole disk is one as soon as its system has an id of its own', () => {
  const { id } = machineId(file);
  change(file, { system: 'another' });
  expect(machineId(file).id).not.toBe(id);
});

test.each(['', '{"id":', '[]', '{"id":1}'])('a file that says %j is made anew', (text) => {
  writeFileSync(file, text);
  const { id, copiedFrom } = machineId(file);
  expect(copiedFrom).toBeUndefined();
  expect(machineId(file).id).toBe(id);
});
