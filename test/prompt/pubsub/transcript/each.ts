// The answers to one question, asked of many things.

export async function each<T>(
  items: readonly T[],
  labelOf: (item: T) => string,
  ask: (item: T, index: number) => Promise<unknown>,
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const [index, item] of items.entries()) answers[labelOf(item)] = await ask(item, index);
  return answers;
}
