import { describe, expect, it } from 'vitest';
import {
  chosenValue,
  matchingItems,
  movedIndex,
  viewList,
} from '../../../mockup/platform/console/list-view.ts';

const items = ['uid://A/X1', 'uid://A/X2', 'uid://B/X3'].map((value) => ({ value }));
const values = (found: { value: string }[]) => found.map(({ value }) => value);

it('finds items by every typed word, in any case, in value and description', () => {
  const list = [
    { value: 'uid://A/X1', description: 'PipelineImaging' },
    { value: 'uid://B/X1', description: 'PipelineCalibration' },
  ];
  expect(values(matchingItems(list, ''))).toHaveLength(2);
  expect(values(matchingItems(list, ' x1 IMAG '))).toEqual(['uid://A/X1']);
  expect(values(matchingItems(list, 'b/x1'))).toEqual(['uid://B/X1']);
  expect(values(matchingItems(list, '.*'))).toEqual([]);
});

describe('the highlight', () => {
  it('is on the first match at first', () => {
    expect(viewList(items, 'B', undefined, 0)).toMatchObject({ active: items[2], index: 0 });
    expect(viewList([], '', undefined, 0)).toMatchObject({ active: undefined, index: 0 });
  });

  it('stays on its item when others come before it', () => {
    const now = [{ value: 'uid://0' }, ...items];
    expect(viewList(now, '', 'uid://A/X2', 1)).toMatchObject({ active: items[1], index: 2 });
  });

  it('is on nothing when its item has left, and goes on from there', () => {
    const now = [items[0]!, items[2]!];
    const view = viewList(now, '', 'uid://A/X2', 1);
    expect(view).toMatchObject({ active: undefined, index: 1 });
    expect(movedIndex(view, 1)).toBe(1);
    expect(movedIndex(view, -1)).toBe(0);
  });

  it('moves inside the list', () => {
    const view = viewList(items, '', 'uid://A/X2', 1);
    expect([movedIndex(view, -10), movedIndex(view, -1), movedIndex(view, 10)]).toEqual([0, 0, 2]);
    expect(movedIndex(viewList([], '', undefined, 0), 1)).toBe(0);
  });
});

describe('Enter', () => {
  const enter = (term: string, activeValue?: string, of = items) =>
    chosenValue(of, viewList(of, term, activeValue, 0), term);

  it('takes the highlighted item', () => {
    expect(enter('', 'uid://A/X2')).toBe('uid://A/X2');
    expect(enter('B')).toBe('uid://B/X3');
  });

  it('takes a value typed in full before a longer one that is highlighted', () => {
    const list = [{ value: 'uid://A/X10' }, { value: 'uid://A/X1' }];
    expect(enter('uid://A/X1', undefined, list)).toBe('uid://A/X1');
  });

  it('takes a pasted value that nothing matches', () => {
    expect(enter(' uid://C/X9 ')).toBe('uid://C/X9');
    expect(enter('uid://C/X9', undefined, [])).toBe('uid://C/X9');
  });

  it('takes nothing where nothing is typed, or the highlighted item has left', () => {
    expect(enter('', undefined, [])).toBeUndefined();
    expect(enter('', 'uid://gone')).toBeUndefined();
  });
});
