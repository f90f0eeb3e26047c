// States that need no place, on the board or in a chart, while no OUS is in them.

const OPTIONAL_STATES: readonly string[] = ['QA3InProgress'];

export function isOptional(state: string): boolean {
  return OPTIONAL_STATES.includes(state);
}
