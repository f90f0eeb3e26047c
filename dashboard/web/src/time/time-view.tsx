export function TimeView(_: any) {
  return <p>TimeView</p>;
}
