// Finds a plugin: one of this product by name, or a user's own module.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError, InvalidInputError } from '../../../core/errors.ts';
import { ConfigurationError } from '../../../platform/config/configuration-error.ts';
import type { CreatePlugin, IngestPlugin, PluginPorts } from './plugin.ts';

export interface PluginChoice {
  name?: string | undefined;
  /** A package, or a path relative to the configuration's directory. */
  module?: string | undefined;
  config?: Record<string, unknown> | null | undefined;
}

const plugins: Record<string, () => Promise<CreatePlugin>> = {
  NullIngest: async () => (await import('./null-ingest.ts')).createNullIngest,
  Gen2Ingest: async () => (await import('./gen2-ingest.ts')).createGen2Ingest,
  Gen3Ingest: async () => (await import('./gen3-ingest.ts')).createGen3Ingest,
  RucioIngest: async () => (await import('./rucio-ingest.ts')).createRucioIngest,
  NgasIngest: async () => (await import('./ngas-ingest.ts')).createNgasIngest,
  CommandIngest: async () => (await import('./command-ingest.ts')).createCommandIngest,
};

/** The name that the example of the Python manager has. */
const SAME_AS: Record<string, string> = { Gen2Ingester: 'Gen2Ingest', Gen3Ingester: 'Gen3Ingest' };

/** Throws ConfigurationError, or InvalidInputError for a module that can't be used. */
export async function loadPlugin(
  { name, module, config }: PluginChoice,
  ports: PluginPorts,
): Promise<IngestPlugin> {
  const settings = config ?? {};
  const create = module === undefined ? await known(name) : await loadModule(module, ports);
  const plugin = await create(settings, ports);
  if (typeof plugin?.ingest === 'function')
    return { ...bound(plugin), version: versionOf(plugin) };
  throw new InvalidInputError(`plugin ${module ?? name} has no function ingest`);
}

async function known(name = ''): Promise<CreatePlugin> {
  const load = Object.hasOwn(plugins, name) ? plugins[name] : plugins[SAME_AS[name] ?? ''];
  if (load) return load();
  const expected = `one of ${Object.keys(plugins).join(', ')}, or module instead`;
  throw new ConfigurationError([
    { key: 'ingester.plugin.name', expected, received: JSON.stringify(name) },
  ]);
}

/** Its default export makes the plugin; or it is the plugin, with `ingest` among its exports. */
async function loadModule(module: string, { directory }: PluginPorts): Promise<CreatePlugin> {
  const isPath = /^\.{0,2}\//.test(module);
  const specifier = isPath ? pathToFileURL(resolve(directory, module)).href : module;
  let loaded: Record<string, unknown>;
  try {
    loaded = await import(specifier);
  } catch (error) {
    throw new InvalidInputError(`can't load plugin module ${module}: ${describeError(error)}`, {
      cause: error,
    });
  }
  if (typeof loaded.default === 'function') return loaded.default as CreatePlugin;
  const plugin = loaded as unknown as IngestPlugin;
  if (typeof plugin.ingest !== 'function') {
    throw new InvalidInputError(`plugin module ${module} exports neither default nor ingest`, {
      hint: `its exports are: ${Object.keys(loaded).join(', ') || 'none'}`,
    });
  }
  return () => plugin;
}

function bound(plugin: IngestPlugin): Omit<IngestPlugin, 'version'> {
  const many = plugin.ingestMany?.bind(plugin);
  const verify = plugin.verify?.bind(plugin);
  const keysOf = plugin.keysOf?.bind(plugin);
  const dark = plugin.dark?.bind(plugin);
  return {
    ingest: plugin.ingest.bind(plugin),
    ...(many && { ingestMany: many }),
    ...(verify && { verify }),
    ...(keysOf && dark && { keysOf, dark }),
  };
}

function versionOf({ version }: { version?: unknown }): string {
  return version === undefined || version === null ? '' : String(version);
}
