// The child's end of the lifeline: a program that this product started learns that its parent is
// gone, also when nobody could tell it (kill -9). The parent's end is `child-programs`: the two
// share an IPC channel, which the system closes with the parent.

/**
 * Calls back once when the parent that started this process is gone. Returns false, and never calls,
 * in a process that was not started with a lifeline. Does not keep the process running.
 */
export function whenParentDies(callback: () => void): boolean {
  if (process.connected === undefined) return false;
  if (!process.connected) {
    queueMicrotask(callback);
    return true;
  }
  process.once('disconnect', callback);
  // Where somebody listens to the parent (a worker of the test runner), the process stays for that.
  if (process.listenerCount('message') === 0) process.channel?.unref();
  return true;
}
