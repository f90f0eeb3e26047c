export function cyclePage(..._: unknown[]): string {
  return '';
}
