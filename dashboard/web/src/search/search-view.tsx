// Everything that this page and its server know by some words: OUSs, messages, actors, queues, files,
// replications, and the rows of the tables.

import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { replaceQuery, route } from '../navigation/route.ts';
import { findHere } from './find-here.ts';
import { TableHits } from './table-hits.tsx';

export function SearchView() {
  const { observatory } = usePage();
  const text = route.value.query.get('text') ?? '';
  const groups = text.trim() === '' ? [] : findHere(observatory, text);
  return (
    <div class="search-view">
      <h1>Search everything</h1>
      <search>
        <label class="search-field">
          <Icon name="search" />
          <span class="visually-hidden">Words to look for</span>
          <input
            type="search"
            class="field"
            placeholder="UID, project, actor, selector, file, error…"
            value={text}
            autofocus
            onInput={({ currentTarget }) => replaceQuery({ text: currentTarget.value })}
          />
        </label>
      </search>
      {text.trim() !== '' && (
        <p role="status" class="soft">
          {groups.length === 0
            ? `Nothing that is under way matches “${text}”.`
            : groups.map(({ name, found }) => `${name} ${found}`).join(', ')}
        </p>
      )}
      {groups.map(({ name, found, hits }) => (
        <section key={name} class="panel search-group" aria-label={name}>
          <h2>
            {name} <span class="faint">{found}</span>
          </h2>
          <ul>
            {hits.map(({ id, href, text: words, more }) => (
              <li key={id}>
                <a href={href}>{words}</a> <span class="soft">{more}</span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {text.trim() !== '' && <TableHits text={text} />}
    </div>
  );
}
