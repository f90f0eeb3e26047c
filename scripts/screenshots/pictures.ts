// Which pictures of the dashboard are made.

export interface Picture {
  /** Of the file, without `.png`. */
  name: string;
  /** `OUS` stands for the id of an OUS worth to be looked at. */
  hash: string;
  /** What must be there before the picture is taken. */
  ready: string;
  theme: 'light' | 'dark';
  width: number;
  height: number;
  /** Messages are on their way. */
  isMoving?: true;
}

const projector = { width: 1440, height: 810 } as const;

export const pictures: readonly Picture[] = [
  { name: 'board-dark', hash: '#/board', ready: '.card', theme: 'dark', ...projector },
  { name: 'board-light', hash: '#/board', ready: '.card', theme: 'light', ...projector },
  { name: 'ous', hash: '#/ous/OUS', ready: '.products', theme: 'dark', ...projector },
  { name: 'ous-light', hash: '#/ous/OUS', ready: '.products', theme: 'light', ...projector },
  {
    ...{ name: 'line', hash: '#/line', ready: '.line-picture', theme: 'dark' },
    ...projector,
    isMoving: true,
  },
  {
    ...{ name: 'line-light', hash: '#/line', ready: '.line-picture', theme: 'light' },
    ...projector,
    isMoving: true,
  },
  { name: 'files', hash: '#/files', ready: '.lanes', theme: 'dark', ...projector },
  {
    ...{ name: 'tables', hash: '#/tables/reports?sort=score&order=asc', ready: '.data-table' },
    theme: 'light',
    ...projector,
  },
  { name: 'time', hash: '#/time', ready: '.gantt-row', theme: 'dark', ...projector },
  {
    ...{ name: 'visits', hash: '#/visits?instrument=LSSTCam&detector=90', ready: '.visit-steps' },
    theme: 'dark',
    ...projector,
  },
  { name: 'phone', hash: '#/board', ready: '.card', theme: 'dark', width: 390, height: 844 },
];
