// The folders of the product as rooms: which siblings lead to which, and how many modules each holds.

import type { Source } from './sources.ts';

/** For each folder that has folders: how these import each other, whatever depth below them. */
export function siblingGraphs(sources: readonly Source[]): Map<string, Map<string, string[]>> {
  const graphs = new Map<string, Map<string, string[]>>();
  for (const { path, imports } of sources) {
    for (const imported of imports) {
      const [from, to] = [path.split('/'), imported.split('/')];
      const depth = from.findIndex((part, index) => part !== to[index]);
      if (depth < 1 || depth >= from.length - 1 || depth >= to.length - 1) continue;
      const parent = from.slice(0, depth).join('/');
      const graph = graphs.get(parent) ?? new Map<string, string[]>();
      graphs.set(parent, graph);
      const [room, other] = [from[depth] ?? '', to[depth] ?? ''];
      graph.set(room, [...(graph.get(room) ?? []), other]);
      if (!graph.has(other)) graph.set(other, []);
    }
  }
  return graphs;
}

/** Modules by the folder that they are in. */
export function modulesByRoom(sources: readonly Source[]): Map<string, string[]> {
  const paths = sources.map(({ path }) => path);
  return Map.groupBy(paths, (path) => path.split('/').slice(0, -1).join('/'));
}
