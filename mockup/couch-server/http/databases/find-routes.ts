/** `_find` and `_explain`. */

import { parseFindQuery } from '../../mango/find-query.ts';
import { explain } from '../../store/indexes/explain.ts';
import { runFind, warningOf } from '../../store/indexes/find.ts';
import { choosePlan } from '../../store/indexes/plan.ts';
import type { DatabaseHandler } from '../context.ts';
import { PieceSender } from '../wire/stream.ts';

export const findRoute: DatabaseHandler = async (exchange, _context, database) => {
  const query = parseFindQuery(await exchange.readJsonPost());
  const started = performance.now();
  const plan = choosePlan(query, database.indexes.list);
  if (plan.empty) return exchange.json(200, { docs: [] });
  const sender = new PieceSender(exchange);
  let returned = 0;
  const found = (doc: string): boolean | Promise<boolean> => {
    const full = sender.add(`${returned++ === 0 ? '{"docs":[' : ',\n'}${doc}`);
    return full ? sender.flush().then(() => !sender.isDone) : true;
  };
  const result = await runFind(database.connection, database.indexes, query, plan, found);
  const bookmark = JSON.stringify(result.bookmark);
  let text = `${returned === 0 ? '{"docs":[' : ''}],"bookmark":${bookmark}`;
  const warning = warningOf(plan, query, result.docsExamined, returned);
  if (warning) text += `,"warning":${JSON.stringify(warning)}`;
  if (query.executionStats) {
    const stats = {
      total_keys_examined: result.keysExamined,
      total_docs_examined: result.docsExamined,
      total_quorum_docs_examined: 0,
      results_returned: returned,
      execution_time_ms: Math.round((performance.now() - started) * 1000) / 1000,
    };
    text += `,"execution_stats":${JSON.stringify(stats)}`;
  }
  sender.add(`${text}}`);
  sender.end();
};

export const explainRoute: DatabaseHandler = async (exchange, _context, database) => {
  const query = parseFindQuery(await exchange.readJsonPost());
  exchange.json(200, explain(database.name, query, database.indexes.list));
};
