// Rows of one height of which only those in sight are there.

import { useSignal } from '@preact/signals';
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useMemo } from 'preact/hooks';

const OVERSCAN = 12;

export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  /** The height of all, px. */
  readonly total: number;
  readonly scrollTo: (index: number, align: 'start' | 'center' | 'end' | 'auto') => void;
}

export function useVirtualRows(scroller: RefObject<HTMLElement | null>, count: number, size: number): VirtualRows {
  const round = useSignal(0);
  const options = {
    count,
    overscan: OVERSCAN,
    getScrollElement: () => scroller.current,
    estimateSize: () => size,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => {
      round.value = round.peek() + 1;
    },
  };
  const virtualizer = useMemo(() => new Virtualizer<HTMLElement, Element>(options), []);
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), []);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [size]);
  // Drawn again whenever others are in sight.
  void round.value;
  return {
    items: virtualizer.getVirtualItems(),
    total: virtualizer.getTotalSize(),
    scrollTo: (index, align) => virtualizer.scrollToIndex(index, { align }),
  };
}

/** Fingers need higher rows. */
export function isCoarse(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}
