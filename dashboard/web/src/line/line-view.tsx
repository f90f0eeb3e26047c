export function LineView(_: any) {
  return <p>LineView</p>;
}
