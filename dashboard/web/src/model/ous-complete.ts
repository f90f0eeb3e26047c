// Whether an OUS has got everything: then what others bring to reports, archive and deliveries can't
// concern it any more, and nobody need read it again for that.

import type { OusDetail } from '../../../protocol/json-api.ts';

export function isComplete({ summary, delivery, runs }: OusDetail): boolean {
  const files = runs.flatMap(({ products, weblog }) =>
    weblog ? [...products, weblog] : products,
  );
  const isDelivered = summary.state === 'Delivered' && delivery?.complete === true;
  return isDelivered && files.every(({ archived }) => archived);
}
