// Small drawings, all of the same weight, in the colour of the text beside them. Never the only thing that says what something is.

const PATHS = {
  alert: 'M8 5v4M8 11.4v.1M7 2.6 1.9 11.7A1.2 1.2 0 0 0 3 13.5h10a1.2 1.2 0 0 0 1.1-1.8L9 2.6a1.2 1.2 0 0 0-2 0Z',
  agent: 'M4.5 5.5h7a2 2 0 0 1 2 2v3a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2v-3a2 2 0 0 1 2-2ZM8 5.5v-3M6 8.5v1M10 8.5v1',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  bell: 'M4 11.500V7a4 4 0 0 1 8 0v4.500l1 1H3ZM6.800 14.500h2.400',
  blocked: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.4 6.4a1.7 1.7 0 1 1 2.3 1.7c-.5.2-.7.5-.7 1M8 11.2v.1',
  branch:
    'M4.5 10V6M11.5 6a5 5 0 0 1-5 5M4.5 6a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5ZM4.5 13.5a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5ZM11.5 6a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5Z',
  cancelled: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 12.2l8.4-8.4',
  check: 'M3 8.5 6.5 12 13 4.5',
  chevron: 'M4 6l4 4 4-4',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.3 1.6',
  columns: 'M2.500 3h11v10h-11ZM6.200 3v10M9.800 3v10',
  command:
    'M5.5 5.5h5v5h-5zM5.5 5.5H4a1.75 1.75 0 1 1 1.5-1.75ZM10.5 5.5V4a1.75 1.75 0 1 1 1.75 1.5ZM10.5 10.5H12a1.75 1.75 0 1 1-1.5 1.75ZM5.5 10.5V12a1.75 1.75 0 1 1-1.75-1.5Z',
  copy: 'M5.5 5.5h7v8h-7zM10.5 5.5v-3h-7v8h2',
  cross: 'M4 4l8 8M12 4l-8 8',
  dead: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  done: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.3 8.2l1.9 1.9 3.5-4',
  coins:
    'M2.500 4.500c0-1.100 2-2 4.500-2s4.500.9 4.500 2-2 2-4.500 2-4.500-.9-4.500-2ZM2.500 4.500v4c0 1.100 2 2 4.500 2M11.500 4.500v2M6.500 9.500c0-1.100 1.700-2 3.800-2s3.700.9 3.700 2-1.700 2-3.700 2-3.800-.9-3.800-2ZM6.500 9.500v2.500c0 1.100 1.700 2 3.800 2s3.700-.9 3.700-2v-2.500',
  dots: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  external: 'M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5',
  halt: 'M5 2.5h6l3 3v5l-3 3H5l-3-3v-5ZM6.5 6v4M9.5 6v4',
  inbox: 'M2.500 9.500l2-6h7l2 6v3h-11ZM2.500 9.500H6l.8 1.500h2.400l.8-1.500h3.500',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  message: 'M2.500 3.500h11V11H7l-3 2.500V11H2.500Z',
  moon: 'M13 9.5A5.5 5.5 0 1 1 6.5 3a4.5 4.5 0 0 0 6.5 6.5Z',
  person: 'M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8ZM2.5 13.5a5.5 5.5 0 0 1 11 0',
  play: 'M5 3.2v9.6l8-4.8Z',
  plus: 'M8 3v10M3 8h10',
  queued: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12Z',
  retry: 'M13 8a5 5 0 1 1-1.5-3.6L13 6M13 2.5V6H9.5',
  rocket:
    'M6 10 4.5 8.5C5.5 5 8 2.5 13 3c.5 5-2 7.5-5.5 8.5L6 10ZM4.5 8.5l-2 .5L4 7l1.6-.4M7.5 11.5 7 13.500l2-1.5.4-1.600M9.8 6.200h.01',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.6 10.6 14 14',
  server:
    'M3.500 2.500h9a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM3.500 8.500h9a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-3a1 1 0 0 1 1-1ZM5 5h.01M5 11h.01M7.500 5h3.500M7.500 11h3.500',
  sliders:
    'M2.500 5H8M12 5h1.500M2.500 11H4M8 11h5.500M10 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 13a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  sort: 'M5 3v10M2.500 10.500 5 13l2.500-2.500M11 13V3M8.500 5.500 11 3l2.500 2.500',
  spinner: 'M8 2a6 6 0 1 1-6 6',
  down: 'M8 3v10M4 9l4 4 4-4',
  up: 'M8 13V3M4 7l4-4 4 4',
  waiting:
    'M4.5 2.500h7M4.5 13.500h7M5.5 2.500c0 3 5 3.5 5 5.500s-5 2.5-5 5.500M10.5 2.500c0 3-5 3.5-5 5.500s5 2.5 5 5.5',
  working: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.8 5.7v4.6L10.5 8Z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
