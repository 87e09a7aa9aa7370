/** Every bound of the server in one place, so that messages and README can name the same figures. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
export const MAX_MESSAGE_BYTES = 48_000_000;
export const MAX_WRITE_BATCH = 100_000;
export const MAX_INDEXES_PER_COLLECTION = 64;
export const MAX_NESTING = 100;
export const MAX_OPEN_CURSORS = 1_000;
export const CURSOR_IDLE_MS = 10 * 60_000;
export const TTL_INTERVAL_MS = 60_000;
export const FIRST_BATCH_DOCUMENTS = 101;

/** The server is for one small machine: above the first figure it warns, at the second it refuses inserts. */
export const WARN_DOCUMENTS = 200_000;
export const REFUSE_DOCUMENTS = 500_000;
