import { describe, expect, it } from 'vitest';
import {
  type DeliveryStatus,
  makeProductMetadata,
  type ProductDelivery,
  withProducts,
} from '../../mockup/core/products/delivery-status.ts';

const delivery: ProductDelivery = {
  progId: '2015.1.00657.S',
  ousUid: 'uid://X1/X1/Xb0',
  timestamp: '2018-07-19T07:10:03.781',
  productsDir: '2015.1.00657.S_2018_07_19T07_10_03.781',
};

function written(
  current: DeliveryStatus | undefined,
  products: string[],
  complete = false,
  about = delivery,
): DeliveryStatus {
  const doc = withProducts(current, about, products, complete);
  if (!doc) throw new Error('nothing was changed');
  return doc;
}

describe('the delivery status', () => {
  it('grows, sorted, product by product', () => {
    const first = written(undefined, ['product-1']);
    const second = written(first, ['product-0']);
    expect(second.dataProducts).toEqual(['product-0', 'product-1']);
    expect(second).toMatchObject({ _id: 'uid___X1_X1_Xb0', complete: false });
    expect(written(second, ['product-2'], true).complete).toBe(true);
  });

  it('stays as it is where a step is repeated', () => {
    const first = written(undefined, ['product-0', 'product-1']);
    expect(withProducts(first, delivery, ['product-1'], false)).toBeUndefined();
    const complete = written(first, ['product-2'], true);
    expect(withProducts(complete, delivery, ['product-0'], false)).toBeUndefined();
    expect(withProducts(complete, delivery, ['product-0'], true)).toBeUndefined();
  });

  it('starts anew for another run of the same OUS', () => {
    const before = { ...written(undefined, ['old'], true), _rev: '3-a' };
    const again = { ...delivery, productsDir: 'another run' };
    const doc = written(before, ['new'], false, again);
    expect(doc).toMatchObject({ _rev: '3-a', dataProducts: ['new'], complete: false });
  });

  it('starts anew where the Python mockup wrote the one before', () => {
    const { productsDir: _, ...foreign } = written(undefined, ['old'], true);
    expect(written(foreign, ['new']).dataProducts).toEqual(['new']);
  });

  it('derives the id of metadata from the file name', () => {
    expect(makeProductMetadata(delivery, 'product-0-X-2018-07-19T07:10:03.781.data')).toEqual({
      _id: 'product-0-X-2018-07-19T07_10_03.781.data',
      progID: '2015.1.00657.S',
      ousUID: 'uid://X1/X1/Xb0',
      timestamp: '2018-07-19T07:10:03.781',
    });
  });
});
