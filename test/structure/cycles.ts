// Cycles in a graph of imports.

/** Each cycle once, as `a → b → a`. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (node: string, path: string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) {
      cycles.push([...path.slice(start), node].join(' → '));
      return;
    }
    if (done.has(node)) return;
    for (const next of graph.get(node) ?? []) {
      if (graph.has(next)) visit(next, [...path, node]);
    }
    done.add(node);
  };
  for (const node of graph.keys()) visit(node, []);
  return cycles;
}
