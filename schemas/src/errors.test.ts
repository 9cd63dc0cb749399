import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogueEntry, ERROR_CODES, isErrorCode } from './errors.js';
import { errorsPage } from './errors-page.js';

describe('the error catalogue', () => {
  it('agrees with the page of errors; if not, run `npm run generate -w @agentcom/schemas`', () => {
    const page = readFileSync(new URL('../../ops/docs/errors.md', import.meta.url), 'utf8');
    expect(page).toBe(errorsPage());
  });

  it.each(ERROR_CODES)('says of %s what it means and what to do', (code) => {
    const { status, retryable, title, remedy } = catalogueEntry(code);
    expect(code).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
    expect(`${title}${remedy}`).not.toContain('|');
    if (status === 503 || status === 429) expect(retryable).toBe(true);
    if ([400, 401, 403, 404, 413, 415, 422].includes(status)) expect(retryable).toBe(false);
  });

  it('knows its own codes and no other text', () => {
    expect(isErrorCode('task.not_found')).toBe(true);
    expect(isErrorCode('constructor')).toBe(false);
    expect(isErrorCode('task.unheard_of')).toBe(false);
  });
});
