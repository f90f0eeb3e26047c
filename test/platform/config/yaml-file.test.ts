import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigurationError } from '../../../mockup/platform/config/configuration-error.ts';
import { loadYamlFile, parseYaml } from '../../../mockup/platform/config/yaml-file.ts';

const task = z.strictObject({
  name: z.string(),
  module: z.string().startsWith('/', { error: 'an absolute path' }),
  limit: z.number().optional(),
  password: z.number().optional(),
});
const schema = z.strictObject({ pre: z.array(task).default([]), post: z.array(task).default([]) });

function problem(text: string): ConfigurationError {
  try {
    parseYaml(text, 'tasks.yaml', schema);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('no problem was found');
}

describe('parseYaml', () => {
  it('gives what the schema makes of it', () => {
    expect(parseYaml('pre:\n - {name: a, module: /m.ts}\n', 'tasks.yaml', schema)).toEqual({
      pre: [{ name: 'a', module: '/m.ts' }],
      post: [],
    });
  });

  it.each(['', '# nothing yet\n', '---\n'])('takes %j for an empty map', (text) => {
    expect(parseYaml(text, 'tasks.yaml', schema)).toEqual({ pre: [], post: [] });
  });

  it.each([
    ['pre: 5', 'tasks.yaml: pre: expected array; got 5'],
    ['pre: [{name: a}]', 'tasks.yaml: pre[0].module: expected string; got nothing'],
    [
      'pre: [{name: a, module: m.ts}]',
      'tasks.yaml: pre[0].module: expected an absolute path; got "m.ts"',
    ],
    ['post: [{name: [], module: /m}]', 'tasks.yaml: post[0].name: expected string; got a list'],
    ['posts: []', 'tasks.yaml: expected no key posts; got a map'],
    ['just text', 'tasks.yaml: expected object; got "just text"'],
  ])('says what is wrong with %j', (text, message) => {
    expect(problem(text).message).toBe(message);
    expect(problem(text).code).toBe('bad_configuration');
  });

  it('says where the text is no YAML', () => {
    expect(problem('pre: []\npost: [1, 2\n').message).toMatch(
      /^tasks.yaml: line \d: expected YAML; got an error: /,
    );
    expect(problem('pre: []\npre: []\n').message).toMatch(/line 2: .*unique/);
  });

  it('refuses text that unfolds without end', () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const items = i === 0 ? Array(9).fill('x') : Array(9).fill(`*a${i - 1}`);
      return `a${i}: &a${i} [${items.join(', ')}]`;
    });
    expect(problem(levels.join('\n')).message).toContain('expected YAML');
  });

  it('shows no secret', () => {
    const error = problem('pre: [{name: a, module: /m, password: open-sesame}]');
    expect(error.message).toBe('tasks.yaml: pre[0].password: expected number; got ***');
    expect(problem('pre: http://u:open-sesame@h/').message).not.toContain('open-sesame');
  });
});

it('reads through the Files port', async () => {
  const files = { read: async (path: string) => new TextEncoder().encode(`name: ${path}`) };
  const loaded = await loadYamlFile(files, '/etc/x.yaml', z.object({ name: z.string() }));
  expect(loaded).toEqual({ name: '/etc/x.yaml' });
});
