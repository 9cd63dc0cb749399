import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ALERT_RULE_NAMES, ALERT_RULES, type AlertRule } from './alert-rules.js';
import { alertsPage } from './alerts-page.js';
import { ConfigPatch, configWith } from './runtime-config.js';
import { compile } from './validate.js';

it('agrees with the page of alerts; if not, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../ops/docs/alerts.md', import.meta.url), 'utf8')).toBe(alertsPage());
});

function mutersOf({ mutedBy, mutedIfAllBy = [] }: AlertRule): readonly string[] {
  return [...mutedBy, ...mutedIfAllBy];
}

describe.each(ALERT_RULE_NAMES)('%s', (name) => {
  const rule: AlertRule = ALERT_RULES[name];

  it('says in a sentence each what it means and what to do', () => {
    expect(rule.meaning).toMatch(/^[A-Z].*\.$/);
    expect(rule.next).toMatch(/^[A-Z].*\.$/);
  });

  it('is muted by other rules that exist', () => {
    expect(mutersOf(rule).filter((other) => other === name || !(other in ALERT_RULES))).toEqual([]);
  });

  it('has thresholds within their bounds, and none that hides a switch', () => {
    for (const [key, { byDefault, minimum, maximum }] of Object.entries(rule.thresholds)) {
      expect(byDefault, key).toBeGreaterThanOrEqual(minimum);
      expect(byDefault, key).toBeLessThanOrEqual(maximum);
      expect(['enabled', 'severity', 'forSeconds', 'keepFiringForSeconds']).not.toContain(key);
    }
  });
});

it('never mutes in a circle', () => {
  const muters = (name: string, seen: readonly string[] = []): readonly string[] => {
    expect(seen).not.toContain(name);
    return mutersOf((ALERT_RULES as Readonly<Record<string, AlertRule>>)[name] as AlertRule).flatMap((other) =>
      muters(other, [...seen, name]),
    );
  };
  for (const name of ALERT_RULE_NAMES) muters(name);
});

describe('the config of a rule', () => {
  it('has its switches and its thresholds, with their defaults', () => {
    const { rules, evaluateSeconds } = configWith({
      alerts: { rules: { TaskStuck: { severity: 'info', stuckAfterSeconds: 60 } } },
    }).alerts;
    expect(evaluateSeconds).toBe(15);
    expect(rules.TaskStuck).toEqual({
      enabled: true,
      severity: 'info',
      forSeconds: 0,
      keepFiringForSeconds: 60,
      stuckAfterSeconds: 60,
    });
    expect(rules.QueueNotMoving).toMatchObject({ severity: 'page', forSeconds: 180 });
  });

  it('takes a severity by its name or null, and names the words that it may be', () => {
    const read = compile(ConfigPatch);
    const change = (severity: unknown) => ({ alerts: { rules: { TaskStuck: { severity } } } });
    expect(read(change('page'))).toMatchObject({ ok: true });
    expect(read(change(null))).toMatchObject({ ok: true });
    for (const wrong of ['critical', 1, true]) {
      expect(read(change(wrong))).toMatchObject({
        details: [
          {
            path: '/alerts/rules/TaskStuck/severity',
            message: 'must be one of page, warn, info, or null for the default',
          },
        ],
      });
    }
  });
});
