// Writes what became of each test into the table of `ops/docs/agents.md`: a row for each tool, a column for each ability.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { REPOSITORY } from '../support/cli.js';

const PAGE = join(REPOSITORY, 'ops', 'docs', 'agents.md');
const BEGIN = '<!-- written by `npm run test:agents`: begin -->';
const END = '<!-- written by `npm run test:agents`: end -->';
const MARKS = { passed: '✓', failed: '✗', skipped: '–', pending: '?' } as const;

export default class TableReporter implements Reporter {
  #isWhole = true;

  onInit(vitest: Vitest): void {
    this.#isWhole = vitest.config.testNamePattern === undefined;
  }

  /** A part of the tests says nothing of the rest, and is not written down. */
  onTestRunEnd(modules: readonly TestModule[], _errors: unknown, reason: string): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    if (!this.#isWhole || reason === 'interrupted' || tests.length === 0) return;
    const page = readFileSync(PAGE, 'utf8');
    const [before, rest] = halves(page, BEGIN);
    const [, after] = halves(rest, END);
    writeFileSync(PAGE, `${before}${BEGIN}\n${tableOf(tests)}\n${END}${after}`);
  }
}

function tableOf(tests: readonly TestCase[]): string {
  const abilities = [...new Set(tests.map(({ name }) => name))];
  const tools = [...new Set(tests.map(toolOf))];
  const markOf = (tool: string, ability: string): string => {
    const test = tests.find((one) => one.name === ability && toolOf(one) === tool);
    return test === undefined ? '–' : MARKS[test.result().state];
  };
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const on = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return [
    `Last run: ${on}. ✓ passed, ✗ failed, – not an ability of the tool.`,
    '',
    row(['', ...abilities]),
    row(['---', ...abilities.map(() => '---')]),
    ...tools.map((tool) => row([tool, ...abilities.map((ability) => markOf(tool, ability))])),
  ].join('\n');
}

/** Its tests are those of one suite. */
function toolOf({ parent }: TestCase): string {
  return parent.type === 'suite' ? parent.name : '';
}

function halves(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`${PAGE} has no line ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
