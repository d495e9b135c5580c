// @ts-check
// `npm run fuzz:api -- 2000`: as in `npm test`, with so many examples for each operation of the API.
import { buildWorker } from '../scripts/build.mjs';
import { fail, modernNode, must } from '../scripts/lib/run.mjs';

const [examples = '500'] = process.argv.slice(2);
buildWorker()
  .then(() => must(modernNode(), ['--test', '--test-reporter=spec', 'tests/worker/schemathesis.test.mjs'], { env: { KEYWARD_API_EXAMPLES: examples } }))
  .catch(fail);
