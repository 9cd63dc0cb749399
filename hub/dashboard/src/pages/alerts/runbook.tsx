// The runbook of a rule, shown where it is needed; its text is loaded then, and comes from the hub as everything else does.

import type { ComponentChildren } from 'preact';
import { alertTexts as texts } from '../../texts/alerts.js';
import { CopyLine } from '../../ui/copy-line.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { type Block, blocksOf, inlinesOf } from '../../ui/markdown.js';
import { useResource } from '../../ui/resource.js';

const PLACE = '../../../../../ops/docs/runbooks/';
const RUNBOOKS = import.meta.glob<string>('../../../../../ops/docs/runbooks/*.md', {
  query: '?raw',
  import: 'default',
});

interface RunbookProps {
  readonly rule: string;
  /** Another one that it leads to. */
  readonly onRule: (rule: string) => void;
}

export function Runbook({ rule, onRule }: RunbookProps) {
  const { value, error, reload } = useResource(async () => RUNBOOKS[`${PLACE}${rule}.md`]?.() ?? '', [rule]);
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows rows={4} />;
  if (value.value === '') return <p class="muted">{texts.noRunbook}</p>;
  return (
    <section class="runbook" aria-label={`${texts.runbook}: ${rule}`}>
      {blocksOf(value.value).map((block, i) => (
        <BlockOf key={i} block={block} onRule={onRule} />
      ))}
    </section>
  );
}

function BlockOf({ block, onRule }: { readonly block: Block; readonly onRule: (rule: string) => void }) {
  const inline = (text: string): ComponentChildren => <Inlines text={text} onRule={onRule} />;
  switch (block.kind) {
    case 'heading':
      return <h3>{inline(block.text)}</h3>;
    case 'paragraph':
      return <p>{inline(block.text)}</p>;
    case 'code':
      return <CopyLine text={block.text} />;
    case 'list':
      return (
        <ul>
          {block.items.map((item, i) => (
            <li key={i}>{inline(item)}</li>
          ))}
        </ul>
      );
    default:
      return (
        <table>
          <thead>
            <tr>
              {block.head.map((cell) => (
                <th key={cell}>{inline(cell)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {block.rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td key={j} data-head={block.head[j]}>
                    {inline(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
  }
}

function Inlines({ text, onRule }: { readonly text: string; readonly onRule: (rule: string) => void }) {
  return (
    <>
      {inlinesOf(text).map((part, i) => {
        if (part.kind === 'code') return <code key={i}>{part.text}</code>;
        if (part.kind === 'strong') return <strong key={i}>{part.text}</strong>;
        const other = part.kind === 'link' ? /^(\w+)\.md$/.exec(part.to)?.[1] : undefined;
        if (other === undefined) return part.text;
        return (
          <button key={i} type="button" class="as-link" onClick={() => onRule(other)}>
            {part.text}
          </button>
        );
      })}
    </>
  );
}
