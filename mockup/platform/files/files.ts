// The file system as a port. Paths are absolute, with `/`. Every error is a FileError.

import { AppError } from '../../core/errors.ts';

export interface FileEntry {
  name: string;
  kind: 'file' | 'directory' | 'other';
  /** Bytes; 0 for anything but a file. */
  size_bytes: number;
}

export interface Files {
  /** Throws FileError `file_missing` where there is no such file. */
  read(path: string): Promise<Uint8Array>;
  /** All or nothing: written to a temporary name, flushed and renamed; makes the directories. */
  write(path: string, content: Uint8Array | string): Promise<void>;
  /** Sorted by name (bytes); throws FileError `file_missing` where there is no such directory. */
  list(directory: string): Promise<FileEntry[]>;
  /** Undefined where there is nothing. Symbolic links are `other`. */
  stat(path: string): Promise<FileEntry | undefined>;
  makeDirectory(path: string): Promise<void>;
  /** Removes a file or a whole directory; nothing happens where there is none. */
  remove(path: string): Promise<void>;
  /**
   * Replaces a file of the new name; a directory of the new name must not exist. Makes the
   * directories above it.
   */
  rename(from: string, to: string): Promise<void>;
  /**
   * Copies a file or a directory with all that is in it; the copy appears whole or not at all.
   * Replaces a file of the new name; a directory of the new name must not exist.
   */
  copy(from: string, to: string): Promise<void>;
}

export class FileError extends AppError {
  constructor(
    code: 'file_missing' | 'file_failed' | 'disk_full',
    message: string,
    options: { cause?: unknown; hint?: string } = {},
  ) {
    const full = code === 'disk_full';
    super(code, message, { ...options, retriable: full, outage: full });
  }
}
