// `scripts/compile [--package]`: for running in the checkout, or for `npm pack`.

import { compileCheckout } from './checkout-build.ts';
import { compilePackage } from './package-build.ts';

const root = new URL('../../', import.meta.url);
await (process.argv.includes('--package') ? compilePackage(root) : compileCheckout(root));
