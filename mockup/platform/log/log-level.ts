// How much is logged. Apart from the logger, so that reading the configuration loads no logger.

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];
