// DuckDB: node duckdb.mjs PHASE DATABASE [--data FILE] [--copies N] [--repeats R] [--rounds N] [--table OUT]
//   ingest    DATA → tables of a new DATABASE
//   copy      every patient of DATABASE, COPIES times
//   evaluate  the whole of DATABASE, REPEATS times, into a table of the engine
//   update    ROUNDS times: one new Observation of a patient is inserted, and that patient evaluated, by prepared statements
//   one       process start to first decision: one patient of DATABASE
// One thread. Prints one JSON line; processor time is that of the whole process during the phase.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { data: { type: 'string' }, copies: { type: 'string', default: '1' }, repeats: { type: 'string', default: '1' },
             rounds: { type: 'string', default: '100' }, table: { type: 'string' }, index: { type: 'string' } },
});
const [phase, database] = positionals;
const sql = (name, words = {}) => {
  let text = fs.readFileSync(path.join(import.meta.dirname, `${name}.sql`), 'utf8');
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(`$${word}`, value);
  return text;
};

const question = (where = '') => sql('evaluate', { WHERE: where, INDEX: `TIMESTAMP '${options.index}'` });

const instance = await DuckDBInstance.create(database, { threads: '1' });
const connection = await instance.connect();
const run = (text) => connection.run(text);
const rows = async (text) => (await connection.runAndReadAll(text)).getRows();

async function spent(work) {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

const quantile = (values, part) => values.sort((a, b) => a - b)[Math.floor(values.length * part)];

const letter = (answer) => (answer === null ? 'n' : answer ? 'T' : 'F');

async function writeTable() {
  const answers = await connection.runAndReadAll(`SELECT patient.id, v.* EXCLUDE (pid) FROM verdict v JOIN patient USING (pid) ORDER BY patient.id`);
  const names = answers.columnNames().slice(1);
  const lines = answers.getRows().map(([id, ...each]) => `${id}\t${each.map(letter).join('')}`);
  fs.writeFileSync(options.table, `${names.join(' ')}\n${lines.sort().join('\n')}\n`);
}

async function evaluate() {
  const query = question();
  const cpu = [];
  for (let i = 0; i < Number(options.repeats); ++i) cpu.push(await spent(() => run(`CREATE OR REPLACE TEMP TABLE verdict AS ${query}`)));
  if (options.table) await writeTable();
  return { patients: Number((await rows('SELECT count(*) FROM patient'))[0][0]), cpu_s: cpu };
}

async function update() {
  await run('CREATE INDEX IF NOT EXISTS observation_pid ON observation (pid)');
  const patients = (await rows('SELECT pid FROM patient ORDER BY hash(pid)')).map(([pid]) => pid);
  const insert = await connection.prepare("INSERT INTO observation VALUES ($1, '4548-4', TIMESTAMP '2021-03-30 10:00:00' + to_seconds($2), true, $3, NULL, NULL)");
  const ask = await connection.prepare(question('AND pid = $1'));
  const each = [];
  const eachCpu = [];
  for (let i = 0; i < Number(options.rounds); ++i) {
    const began = process.hrtime.bigint();
    eachCpu.push(1000 * await spent(async () => {
      insert.bindInteger(1, patients[i % patients.length]);
      insert.bindInteger(2, i);
      insert.bindDouble(3, 5 + (i % 60) / 10);
      await insert.run();
      ask.bindInteger(1, patients[i % patients.length]);
      await ask.runAndReadAll();
    }));
    each.push(Number(process.hrtime.bigint() - began) / 1e6);
  }
  return { rounds: each.length, p50_ms: quantile(each, 0.5), p99_ms: quantile(each, 0.99), p50_cpu_ms: quantile(eachCpu, 0.5) };
}

const phases = {
  ingest: async () => ({ cpu_s: [await spent(() => run(`${sql('ingest', { DATA: options.data })} CHECKPOINT;`))] }),
  copy: async () => ({ cpu_s: [await spent(() => run(sql('copies', { COPIES: options.copies })))] }),
  evaluate,
  update,
  one: async () => ({ row: (await rows(question('AND pid = 1'))).length }),
};
const result = await phases[phase]();
const [[version]] = await rows('SELECT version()');
console.log(JSON.stringify({ engine: `DuckDB ${version}`, phase, ...result }));
