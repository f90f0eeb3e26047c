export function OusView(_: any) {
  return <p>OusView</p>;
}
