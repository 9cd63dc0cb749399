import { describe, expect, it } from 'vitest';
import { labelsMatch } from './labels.js';

describe('label filters', () => {
  const labels = { team: 'core', urgent: '', link: 'a=b' };

  it('ask for a label, or for its value, and all of them must hold', () => {
    expect(labelsMatch(labels, ['team'])).toBe(true);
    expect(labelsMatch(labels, ['team=core', 'urgent'])).toBe(true);
    expect(labelsMatch(labels, ['team=other'])).toBe(false);
    expect(labelsMatch(labels, ['team', 'absent'])).toBe(false);
    expect(labelsMatch(labels, ['urgent='])).toBe(true);
    expect(labelsMatch(labels, ['link=a=b'])).toBe(true);
  });

  it('find nothing on a task without labels, nor in what every object has', () => {
    expect(labelsMatch(undefined, ['team'])).toBe(false);
    expect(labelsMatch(labels, ['constructor'])).toBe(false);
    expect(labelsMatch(undefined, [])).toBe(true);
  });
});
