// Rows of one height of which only those in sight are there.

import { useSignal } from '@preact/signals';
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  observeWindowOffset,
  observeWindowRect,
  type VirtualItem,
  Virtualizer,
  type VirtualizerOptions,
  windowScroll,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo } from 'preact/hooks';

const OVERSCAN = 12;
/** As the styles have them: rows of lists, for fingers, and of two lines where there is little room. */
const ROW_PX = 34;
const COARSE_ROW_PX = 44;
const NARROW_ROW_PX = 52;
const NARROW = '(max-width: 820px)';

export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  /** Above and below them, px. */
  readonly before: number;
  readonly after: number;
  /** The height of all, px. */
  readonly total: number;
  readonly scrollTo: (index: number, align: 'start' | 'center' | 'end' | 'auto') => void;
}

/** In a place that scrolls by itself. */
export function useVirtualRows(scroller: RefObject<HTMLElement | null>, count: number, size: number): VirtualRows {
  return useVirtual<HTMLElement>({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
  });
}

/** On a page that scrolls as a whole; they begin where `rows` does. */
export function useVirtualPage(rows: RefObject<HTMLElement | null>, count: number, size: number): VirtualRows {
  const margin = useSignal(0);
  useLayoutEffect(() => {
    // What is above them may have become higher.
    const top = rows.current === null ? 0 : Math.round(rows.current.getBoundingClientRect().top + scrollY);
    if (top !== margin.peek()) margin.value = top;
  });
  return useVirtual<Window>({
    count,
    getScrollElement: () => window,
    estimateSize: () => size,
    scrollToFn: windowScroll,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    initialOffset: () => scrollY,
    scrollMargin: margin.value,
  });
}

function useVirtual<Scroller extends Element | Window>(asked: VirtualizerOptions<Scroller, Element>): VirtualRows {
  const round = useSignal(0);
  const options = {
    overscan: OVERSCAN,
    ...asked,
    onChange: () => {
      round.value = round.peek() + 1;
    },
  };
  const virtualizer = useMemo(() => new Virtualizer<Scroller, Element>(options), []);
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [asked.estimateSize(0)]);
  // Drawn again whenever others are in sight.
  void round.value;
  const items = virtualizer.getVirtualItems();
  const total = virtualizer.getTotalSize();
  const margin = asked.scrollMargin ?? 0;
  return {
    items,
    before: (items[0]?.start ?? margin) - margin,
    after: total - ((items.at(-1)?.end ?? margin) - margin),
    total,
    scrollTo: (index, align) => virtualizer.scrollToIndex(index, { align }),
  };
}

/** The height of a row of a list, as there is room. */
export function useRowPx(): number {
  const isNarrow = useSignal(matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const onChange = (): void => {
      isNarrow.value = query.matches;
    };
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  if (isNarrow.value) return NARROW_ROW_PX;
  return isCoarse() ? COARSE_ROW_PX : ROW_PX;
}

/** Fingers need higher rows. */
export function isCoarse(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}
