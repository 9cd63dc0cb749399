// The last 24 hours of a rule: a block for each, the higher the longer it fired.

import { alertTexts as texts } from '../../texts/alerts.js';

const HEIGHT = 18;
const WIDTH = 5;
const STEP = 7;
/** Of an hour in which it did not fire. */
const LOW = 2;

export function HistoryBlocks({ history }: { readonly history: readonly number[] }) {
  const fired = history.filter((share) => share > 0).length;
  return (
    <svg
      class="history"
      width={history.length * STEP}
      height={HEIGHT}
      role="img"
      aria-label={`${texts.history}. ${texts.historySaid(fired)}`}
    >
      {history.map((share, i) => {
        const height = share > 0 ? Math.max(LOW + 3, share * HEIGHT) : LOW;
        return (
          <rect
            key={i}
            class={share > 0 ? 'fired' : ''}
            x={i * STEP}
            y={HEIGHT - height}
            width={WIDTH}
            height={height}
            rx={1}
          >
            <title>{texts.hour(history.length - 1 - i, Math.round(share * 100))}</title>
          </rect>
        );
      })}
    </svg>
  );
}
