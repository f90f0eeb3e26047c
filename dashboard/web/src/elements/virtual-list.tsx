// A list of any length of which only the rows in sight exist. All rows are equally high.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

export interface VirtualListProps {
  count: number;
  /** With the gap to the next row. */
  rowHeight_rem: number;
  label: string;
  class?: string;
  row(index: number): ComponentChildren;
  keyOf(index: number): string;
  /** How to bring a row into sight, for whoever moves the focus. */
  scroller?: { current: ((index: number) => void) | undefined };
}

const OVERSCAN = 3;

export function VirtualList(props: VirtualListProps) {
  const { count, rowHeight_rem, label, row, keyOf, scroller } = props;
  const list = useRef<HTMLDivElement>(null);
  const view = useSignal({ top: 0, height: 0, rem: 16 });

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = (): void => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      view.value = { top: element.scrollTop, height: element.clientHeight, rem };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const { top, height, rem } = view.value;
  const rowHeight = rowHeight_rem * rem;
  if (scroller) scroller.current = (index) => bringIntoSight(list.current, index, rowHeight);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - OVERSCAN, last));
  const indexes = Array.from({ length: last - first }, (_, offset) => first + offset);
  return (
    <div class={`virtual-list ${props.class ?? ''}`} ref={list}>
      <ul
        aria-label={label}
        class="virtual-rows"
        style={{ height: `${count * rowHeight}px`, paddingTop: `${first * rowHeight}px` }}
      >
        {indexes.map((index) => (
          <li
            key={keyOf(index)}
            class="virtual-row"
            style={{ height: `${rowHeight}px` }}
            aria-setsize={count}
            aria-posinset={index + 1}
          >
            {row(index)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function bringIntoSight(list: HTMLElement | null, index: number, rowHeight: number): void {
  if (!list) return;
  const top = index * rowHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + rowHeight > list.scrollTop + list.clientHeight) {
    list.scrollTop = top + rowHeight - list.clientHeight;
  }
}
