export function FilesView(_: any) {
  return <p>FilesView</p>;
}
