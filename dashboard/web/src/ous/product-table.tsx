// What a run made, with sizes and checksums, and whether it is in the archive of this site.

import type { ArchivedProduct, PipelineRun } from '../../../protocol/json-api.ts';
import { Icon } from '../elements/icon.tsx';
import { countOf, formatBytes } from '../format/quantities.ts';
import { Term } from '../glossary/term.tsx';

const CHECKSUM_SHOWN = 12;

export function ProductTable({ run }: { run: PipelineRun }) {
  const files = run.weblog ? [...run.products, run.weblog] : run.products;
  if (files.length === 0) return <p class="empty-note">No products are known of this run.</p>;
  return (
    <table class="products">
      <caption>{captionOf(run, files)}</caption>
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col" class="number">
            Size
          </th>
          <th scope="col">BLAKE2b-512</th>
          <th scope="col">
            <Term name="NGAS" />
          </th>
        </tr>
      </thead>
      <tbody>
        {files.map((file) => (
          <Product key={file.name} file={file} />
        ))}
      </tbody>
    </table>
  );
}

/** A delivery counts products alone; the weblog is in the archive as well. */
function captionOf({ products, weblog }: PipelineRun, files: readonly ArchivedProduct[]): string {
  if (products.length === 0) {
    return weblog?.archived ? 'so far the weblog alone, in NGAS' : 'so far the weblog alone';
  }
  const stored = files.filter(({ archived }) => archived).length;
  const parts = [countOf(products.length, 'product'), weblog && 'the weblog'];
  const share = stored === files.length ? `all ${stored}` : `${stored} of ${files.length}`;
  return `${parts.filter(Boolean).join(' and ')}: ${share} in NGAS`;
}

function Product({ file }: { file: ArchivedProduct }) {
  const { name, size_bytes, checksum, archived } = file;
  return (
    <tr>
      <td class="product-name" title={name}>
        {name}
      </td>
      <td class="number">{formatBytes(size_bytes)}</td>
      <td>
        {checksum ? (
          <code class="mono" title={checksum}>
            {checksum.slice(0, CHECKSUM_SHOWN)}…
          </code>
        ) : (
          '–'
        )}
      </td>
      <td>
        <span class={archived ? 'in-archive' : 'faint'}>
          <Icon name={archived ? 'check' : 'minus'} />
          {archived ? 'stored' : 'not yet'}
        </span>
      </td>
    </tr>
  );
}
