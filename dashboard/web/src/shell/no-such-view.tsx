// An address that names no view: said, with the way to those there are.

import { usePage } from '../connection/observatory-context.ts';
import { hrefOf } from '../navigation/route.ts';
import { viewsOf } from '../navigation/views.ts';

const NAME_LENGTH = 60;

export function NoSuchView({ name }: { name: string }) {
  const { observatory } = usePage();
  return (
    <div class="empty-note no-view">
      <h1>No such view</h1>
      <p>
        There is no view <q>{name.slice(0, NAME_LENGTH)}</q>. There are{' '}
        {viewsOf(observatory).map((view, index) => (
          <span key={view.name}>
            {index > 0 && ', '}
            <a href={hrefOf([view.name])}>{view.title}</a>
          </span>
        ))}
        .
      </p>
    </div>
  );
}
