// The recipes by which an OUS is processed. They are its substate while it is ReadyForProcessing
// or Processing. Only the Pipeline ones are run by the Pipeline; manual ones wait for people.

export const pipelineRecipes = [
  'PipelineCalibration',
  'PipelineImaging',
  'PipelineSingleDish',
  'PipelineCombination',
  'PipelineCalAndImg',
] as const;

export const manualRecipes = [
  'ManualCalibration',
  'ManualImaging',
  'ManualSingleDish',
  'ManualCombination',
  'ManualCalAndImg',
] as const;

export const recipes = [...pipelineRecipes, ...manualRecipes] as const;

export type Recipe = (typeof recipes)[number];

export function isRecipe(value: unknown): value is Recipe {
  return recipes.includes(value as Recipe);
}

export function isPipelineRecipe(value: unknown): boolean {
  return pipelineRecipes.includes(value as (typeof pipelineRecipes)[number]);
}
