export function gridPage(..._: unknown[]): string {
  return '';
}
