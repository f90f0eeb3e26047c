// Reads vitest's JSON report and prints `passed failed`. A test file that could not be loaded, and
// an end of vitest that no failed test explains, count as one failure each.

import { readFileSync } from 'node:fs';

const [file = '', exitCode = '1'] = process.argv.slice(2);

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const report = read();
const notLoaded = report.testResults.filter(
  (result) => result.status === 'failed' && result.assertionResults.length === 0,
).length;
const failed = report.numFailedTests + notLoaded;
const unexplained = exitCode !== '0' && failed === 0 ? 1 : 0;
console.log(`${report.numPassedTests} ${failed + unexplained}`);
