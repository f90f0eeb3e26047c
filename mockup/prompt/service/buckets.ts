// The buckets of the prototype.

/** Incoming raws. */
export const MAIN_BUCKET = 'rubin-prompt-proto-main';
/** Raws that the tester sends again. */
export const SAMPLE_BUCKET = 'rubin-prompt-proto-unobserved';
