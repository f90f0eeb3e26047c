// The YAML file in which a site names its own tasks:
//
//   pre:
//     - {name: check the disk, module: ./disk.js, export: checkDisk}
//   post:
//     - {name: tell the operator, module: ./mail.js, export: default}

import { dirname } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { describeError, InvalidInputError } from '../../core/errors.ts';
import type { Files } from '../../platform/files/files.ts';
import type { LoadTask, TaskFunction } from '../../platform/process/task-loader.ts';

export interface SiteTask {
  name: string;
  run: TaskFunction;
}

export interface SiteTasks {
  pre: SiteTask[];
  post: SiteTask[];
}

const taskList = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(100),
      module: z.string().min(1),
      export: z.string().min(1).default('default'),
    }),
  )
  .nullish();

const tasksFile = z.strictObject({ pre: taskList, post: taskList });

/** Throws InvalidInputError that names the file and what is wrong in it. */
export async function loadTasks(
  ports: { files: Files },
  path: string | undefined,
  loadTask: LoadTask,
): Promise<SiteTasks> {
  if (path === undefined) return { pre: [], post: [] };
  const content = await read(ports.files, path);
  const load = async (list: z.infer<typeof taskList>): Promise<SiteTask[]> => {
    const tasks: SiteTask[] = [];
    for (const { name, module, export: exportName } of list ?? []) {
      tasks.push({ name, run: await loadTask(module, exportName, dirname(path)) });
    }
    return tasks;
  };
  return { pre: await load(content.pre), post: await load(content.post) };
}

async function read(files: Files, path: string): Promise<z.infer<typeof tasksFile>> {
  const text = Buffer.from(await files.read(path)).toString();
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new InvalidInputError(`${path} is not YAML: ${describeError(error)}`, { cause: error });
  }
  const result = tasksFile.safeParse(content ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? `"${issue.path.join('.')}": ` : '';
  throw new InvalidInputError(`${path}: ${where}${issue?.message ?? 'not understood'}`, {
    hint: 'expected lists "pre" and "post" of {name, module, export}',
    cause: result.error,
  });
}
