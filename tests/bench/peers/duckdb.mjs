// DuckDB: node duckdb.mjs PHASE DATABASE [--data FILE] [--copies N] [--repeats R] [--rounds N] [--table OUT]
//   ingest    DATA → tables of a new DATABASE
//   copy      every patient of DATABASE, COPIES times, the rows in the ORDER of their columns (code,pid)
//   evaluate  the whole of DATABASE, REPEATS times, into a table of the engine: the QUESTION evaluate (with evidence) or verdicts (without)
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
             rounds: { type: 'string', default: '100' }, order: { type: 'string', default: 'code, pid' },
             question: { type: 'string', default: 'evaluate' }, table: { type: 'string' }, index: { type: 'string' } },
});
const [phase, database] = positionals;
const sql = (name, words = {}) => {
  let text = fs.readFileSync(path.join(import.meta.dirname, `${name}.sql`), 'utf8');
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(`$${word}`, value);
  return text;
};

const question = (where = '') => sql(options.question, { WHERE: where, INDEX: `TIMESTAMP '${options.index}'` });

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

const numbered = (kind, count) => Array.from({ length: count }, (_, i) => `${kind}${String(i + 1).padStart(2, '0')}`);
const criteria = [...numbered('I', 8), ...numbered('E', 12)];
const kOneRecord = ['I01', 'I03', 'I04', 'I08', 'E07', 'E08', 'E10', 'E12'];

/// A row a patient: the letters, and for each criterion the records that it rests on, in the order of their ids.
async function writeTable() {
  const lists = criteria.map((name) => (kOneRecord.includes(name) ? `${name}_e` : `array_to_string(list_sort(${name}_e), ',')`)).join(', ');
  const answers = await connection.runAndReadAll(`SELECT patient.id, ${criteria.join(', ')}, ${lists} FROM verdict JOIN patient USING (pid)`);
  const lines = answers.getRows().map(([id, ...each]) =>
    [id, each.slice(0, criteria.length).map(letter).join(''), each.slice(criteria.length).map((list) => list ?? '').join(';')].join('\t'));
  fs.writeFileSync(options.table, `${criteria.join(' ')}\n${lines.sort().join('\n')}\n`);
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
  const insert = await connection.prepare("INSERT INTO observation VALUES ($1, 'new-' || $2::INTEGER, '4548-4', TIMESTAMP '2021-03-30 10:00:00' + to_seconds($2::INTEGER), true, $3, NULL, NULL)");
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
  copy: async () => ({ cpu_s: [await spent(() => run(sql('copies', { COPIES: options.copies, ORDER: options.order })))] }),
  evaluate,
  update,
  one: async () => ({ row: (await rows(question('AND pid = 1'))).length }),
};
const result = await phases[phase]();
const [[version]] = await rows('SELECT version()');
const peak = Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
console.log(JSON.stringify({ engine: `DuckDB ${version}`, phase, ...result, peak_mb: peak }));
