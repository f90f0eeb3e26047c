/** Any JSON object, as documents and requests hold it. */
export type JsonObject = { [key: string]: unknown };
