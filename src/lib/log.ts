// What everything that logs needs of a logger: fields first, then a constant sentence.
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
