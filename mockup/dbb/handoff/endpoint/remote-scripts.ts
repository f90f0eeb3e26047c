// What is done at the endpoint, as shell scripts whose file names are arguments, never text of the
// script. Few programs are started, each for many files: a process per file would cost more than
// the files. Answers are lines that begin with `hdfmgr:`; whatever else a login shell prints is
// passed over.

import { quoteForShell, shellCommand } from '../../../platform/process/shell-quoting.ts';
import type { BatchDirectories } from './transfer-directories.ts';

/** Absence is proven (no such entry), never taken for granted because a look failed. */
const ABSENT = `
absent() {
  m=$(LC_ALL=C ls -d -- "$1" 2>&1) && return 1
  case $m in *': No such file or directory') return 0;; esac; return 1
}`;

/** Longest command: one argument may have 128 KiB on Linux, and quotes may be quoted again. */
export const COMMAND_LENGTH_MAX = 100_000;

/** `"$d/${1234}"`, its number, and what separates them. */
const SCRIPT_COST = 20;

const PREPARE = `
mkdir -p -- "$1" "$2" || exit 73
[ -w "$1" ] && [ -w "$2" ] || { echo "no permission to write into $1 or $2" >&2; exit 77; }
for f in "$1"/*; do [ -e "$f" ] && echo "hdfmgr:entry \${f##*/}"; done
for p in b2sum rsync; do command -v $p >/dev/null 2>&1 && echo "hdfmgr:program $p"; done
echo "hdfmgr:devices" $(stat -c %d -- "$1" "$2" 2>/dev/null)
echo hdfmgr:done`;

/** Makes the directories, and tells what is in the first one. */
export function prepareCommand(own: string, buffer: string): string {
  return shellCommand(PREPARE, [own, buffer]);
}

const MAKE_DIRECTORIES = `
b=$1 p=$2; shift 2
mkdir -p -- "$b" && cd -- "$b" || exit 73
[ $# = 0 ] || mkdir -p -- "$@" || exit 73
shift $p
[ $# = 0 ] || mkdir -p -- "../\${b##*/}.d" || exit 73
i=0; for d do
  ln -sfn -- "../\${b##*/}/$d" "../\${b##*/}.d/$i" || exit 73
  i=$((i+1))
done
echo hdfmgr:done`;

/**
 * Makes the directory of a batch, and those below it. The `aliased` ones can be reached by their
 * number as well, in a directory beside that of the batch: `<batch>.d/0`, `<batch>.d/1` …
 */
export function makeDirectoriesCommand(
  batch: string,
  { plain, aliased }: BatchDirectories,
): string {
  const args = [batch, String(plain.length), ...plain, ...aliased];
  return shellCommand(MAKE_DIRECTORIES, args);
}

const TAKE_PARTIALS = `
n=$1; shift
while [ $# -gt 1 ]; do
  o=$1 f=$2 s=; shift 2
  t=$n/; case $f in */*) t=$n/\${f%/*}/;; esac
  for c in "$o" "$o".r*; do
    [ -f "$c/$f" ] && { s=$c/$f; continue; }
    h=; case $f in */*) h=/\${f%/*};; esac
    for p in "$c$h/.\${f##*/}".??????; do [ -f "$p" ] && s=$p; done
  done
  [ -n "$s" ] && mkdir -p -- "$t" && mv -f -- "$s" "$n/$f"
done
echo hdfmgr:done`;

/** Moves what earlier batches got of these files (under its own name, or rsync's temporary one). */
export function takePartialsCommand(
  directory: string,
  partials: readonly { directory: string; path: string }[],
): string {
  const args = partials.flatMap((one) => [one.directory, asOperand(one.path)]);
  return shellCommand(TAKE_PARTIALS, [directory, ...args]);
}

/** For the files `$@` of the directory that it is in, by `$h`. */
const VALUES = `
if [ $h = checksum ]; then
  v=$(b2sum -- "$@" 2>/dev/null) && v=$(printf '%s\\n' "$v" | sed 's/^\\\\//; s/ .*//') || v=
else v=$(stat -c %s -- "$@" 2>/dev/null) || v=; fi
if [ -z "$v" ]; then
  v=$(for f do
    if [ ! -f "$f" ]; then absent "./$f" && echo - || echo '?'
    elif [ $h = checksum ]; then s=$(b2sum <"$f" | cut -c1-128); echo "\${s:-?}"
    else s=$(stat -c %s -- "$f" 2>/dev/null || wc -c <"$f"); echo "\${s:-?}"; fi
  done)
fi
printf '%s\\n' "$v" | sed 's/^ *//; s/^/hdfmgr:value /'`;

const INSPECT = `${ABSENT}
h=$2; cd -- "$1" 2>/dev/null || { echo hdfmgr:absent; echo hdfmgr:done; exit 0; }
shift 2
${VALUES}
echo hdfmgr:done`;

/** Size or checksum of each file below a directory; `-` is absent, `?` can't be looked at. */
export function inspectCommand(
  directory: string,
  what: 'size' | 'checksum',
  paths: readonly string[],
): string {
  return shellCommand(INSPECT, [directory, what, ...paths.map(asOperand)]);
}

/** A name that programs take for their standard input. */
function asOperand(path: string): string {
  return path === '-' ? './-' : path;
}

export interface DeliveryFile {
  number: number;
  path: string;
  /** What `verify` asks for: size or checksum. */
  expected: string;
}

export interface BatchDelivery {
  /** Directory of the batch. */
  directory: string;
  /** Notes which files (by number) were complete before the first of them is moved. */
  mark: string;
  buffer: string;
  verify: 'none' | 'size' | 'checksum';
  files: readonly DeliveryFile[];
}

/** Bytes of one command that its files may take; the rest is for the script around them. */
export const DELIVERY_COST_MAX = COMMAND_LENGTH_MAX * 0.95;

/** Bytes that a file takes in the command: as an argument, in the script, and as expected. */
export function deliveryCost({ path, expected }: DeliveryFile): number {
  return Buffer.byteLength(quoteForShell(path)) + expected.length + SCRIPT_COST;
}

const VERIFY: Readonly<Record<BatchDelivery['verify'], string>> = {
  none: 'got=$w; for f do [ -e "$d/$f" ] || got=; done',
  size: 'got=$(cd -- "$d" && stat -c %s -- "$@" 2>/dev/null)',
  checksum: `got=$(cd -- "$d" && b2sum -- "$@" 2>/dev/null | sed 's/^\\\\//; s/ .*//')`,
};

// Where a move failed (somebody removed the directory in between), each file that is still there is
// moved by itself. One that is proven absent was moved: all were there when they were verified, and
// whoever takes files out of the buffer may have it by now. Where the batch was taken over
// meanwhile, nothing can be said.
const MOVE_THE_REST = `
[ -z "$e" ] || { i=0; for f do
  t=$b/; case $f in */*) t=$b/\${f%/*}/;; esac
  absent "$d/$f" || { mkdir -p -- "$t" && mv -f -- "$d/$f" "$t"; } || echo "hdfmgr:left $i"
  i=$((i+1))
done; [ -d "$d" ] || exit 73; }`;

/**
 * Verifies, marks, and moves the files into the buffer, directory by directory; nothing is moved
 * where one is not as expected. The files must be sorted by directory. The sources are full paths:
 * once the directory of the batch has another name, what still runs of this moves nothing.
 */
export function deliverCommand(delivery: BatchDelivery): string {
  const { directory, mark, buffer, verify, files } = delivery;
  const groups = groupByDirectory(files.map(({ path }) => path));
  const first = (group: Group) => `"$b/\${${group.from}%/*}/"`;
  const places = groups.map((group) => (group.directory === '' ? '"$b/"' : first(group)));
  const script = [
    `d=$1 b=$2 m=$3 n=$4 w=$5 e=; shift 5${ABSENT}`,
    `${VERIFY[verify]}\n[ "$got" = "$w" ] || { echo hdfmgr:differs; exit 0; }`,
    // No room for the mark is no reason to leave there what is complete: its move takes none.
    `[ -d "$d" ] || exit 73; printf '\\n%s .\\n' "$n" 2>/dev/null >>"$m" || :`,
    `mkdir -p -- ${places.join(' ')}`,
    ...groups.map(({ from, to }, index) => {
      const sources = Array.from({ length: to - from }, (_, at) => `"$d/\${${from + at}}"`);
      return `mv -f -- ${sources.join(' ')} ${places[index]} || e=1`;
    }),
    MOVE_THE_REST,
    'echo hdfmgr:done',
  ];
  const numbers = files.map(({ number }) => number).join(' ');
  const expected = files.map((file) => file.expected).join('\n');
  return shellCommand(script.join('\n'), [
    directory,
    buffer,
    mark,
    numbers,
    expected,
    ...files.map(({ path }) => asOperand(path)),
  ]);
}

// A fence of a killed run may still be at work beside this one: whoever renames first wins, and the
// other looks again. What was fenced before counts; a directory that appears under the first name
// after that is of a transfer that came too late.
const FENCE = `${ABSENT}
n=0 t=
while [ $n -lt 50 ]; do
  o=
  for c in "$1".r*; do [ -d "$c" ] && o=$c; done
  [ -n "$o" ] || { [ -d "$1" ] && o=$1; }
  if [ -z "$o" ]; then n=$((n+10))
  elif mv -- "$o" "$2" 2>/dev/null; then t=1; break
  else n=$((n+1)); fi
done
[ -f "$3" ] && sed 's/^/hdfmgr:mark /' "$3"
r=$2 b=$4 h=size; shift 4
values() { ${VALUES}
}
if [ $# != 0 ]; then
  [ -z "$t" ] || { echo hdfmgr:there; (cd -- "$r" && values "$@") || exit 73; }
  (cd -- "$b" && values "$@") || exit 73
elif [ -n "$t" ]; then echo hdfmgr:there; fi
echo hdfmgr:done`;

/**
 * Gives the directory of a batch a new name, so that nothing that may still run there can move
 * files out of it; and tells what was marked, and the sizes of files there and in the buffer. All in
 * one command: the link may be cut after each.
 */
export function fenceCommand(options: {
  directory: string;
  fenced: string;
  mark: string;
  buffer: string;
  paths: readonly string[];
}): string {
  const { directory, fenced, mark, buffer, paths } = options;
  return shellCommand(FENCE, [directory, fenced, mark, buffer, ...paths.map(asOperand)]);
}

const DISCARD = 'for f do rm -rf -- "$f" "$f".ok "$f".d "$f".r*; done; echo hdfmgr:done';

/** Removes directories of batches under all names that they may have, and their marks. */
export function discardCommand(directories: readonly string[]): string {
  return shellCommand(DISCARD, directories);
}

const WIPE = `
[ -z "$1" ] || find "$1" -mindepth 1 -type d -empty -mmin +1 ! -path '*/.hdfmgr-*' -delete 2>/dev/null
[ -z "$2" ] || rmdir -- "$2" 2>/dev/null
[ -z "$2" ] || [ ! -e "$2" ] || echo hdfmgr:kept
echo hdfmgr:done`;

/** Removes empty directories below `staging`, and the manager's own where it is empty; '' none. */
export function wipeCommand(staging: string, own: string): string {
  return shellCommand(WIPE, [staging, own]);
}

interface Group {
  directory: string;
  /** Numbers of the positional parameters, from 1; `to` is not included. */
  from: number;
  to: number;
}

function groupByDirectory(paths: readonly string[]): Group[] {
  const groups: Group[] = [];
  for (const [index, path] of paths.entries()) {
    const directory = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    const last = groups.at(-1);
    if (last?.directory === directory) last.to = index + 2;
    else groups.push({ directory, from: index + 1, to: index + 2 });
  }
  return groups;
}

/** The lines of an answer; `done` tells whether it is complete. */
export function answerOf(stdout: string): { done: boolean; lines: string[] } {
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('hdfmgr:'))
    .map((line) => line.slice('hdfmgr:'.length));
  return { done: lines.at(-1) === 'done', lines };
}
