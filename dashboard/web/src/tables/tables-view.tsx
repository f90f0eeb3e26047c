export function TablesView(_: any) {
  return <p>TablesView</p>;
}
