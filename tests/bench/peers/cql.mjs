// cql-execution over cql-exec-fhir: node cql.mjs evaluate|one ELM VALUESETS DATA [--patients N] [--repeats R] [--tuned] [--table OUT]
//   evaluate  all patients, some at a time, as the memory of the engine wants it
//   one       each patient by itself: what a new result of that patient costs
// Prints one JSON line. Processor time is that of the whole process while it evaluates: parsing and loading modules are not counted.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import cql from 'cql-execution';
import fhir from 'cql-exec-fhir';
import { bundlesOf } from './patients.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { patients: { type: 'string' }, repeats: { type: 'string', default: '1' }, tuned: { type: 'boolean' }, table: { type: 'string' }, index: { type: 'string' } },
});
const [phase, elm, valueSets, data] = positionals;
const kAtOnce = 20;

const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const question = read(path.join(elm, 'question.json'));
const library = new cql.Library(question, new cql.Repository([read(path.join(elm, 'FHIRHelpers.json'))]));
const executor = new cql.Executor(library, new cql.CodeService(read(valueSets)), { Index: cql.DateTime.parse(options.index) });
const criteria = question.library.statements.def.map((d) => d.name).filter((name) => /^[IE]\d\d$/.test(name));

/// The tuning: what one criterion has had wrapped is kept for the next of that patient, instead of being wrapped again by each retrieve.
function rememberWrapped(source) {
  const patients = Object.getPrototypeOf(source.currentPatient());
  if (patients.remembers) return;
  const find = patients.findRecords;
  const kept = new WeakMap();
  patients.remembers = true;
  patients.findRecords = function findRecords(profile, details) {
    if (!kept.has(this._bundle)) kept.set(this._bundle, new Map());
    const ofPatient = kept.get(this._bundle);
    const key = `${profile} ${details?.datatype}`;
    if (!ofPatient.has(key)) ofPatient.set(key, find.call(this, profile, details));
    return ofPatient.get(key);
  };
}

async function evaluate(bundles) {
  const source = fhir.PatientSource.FHIRv401();
  source.loadBundles(bundles.map((each) => each.bundle));
  if (options.tuned) rememberWrapped(source);
  const results = await executor.exec(source);
  return bundles.map(({ id }) => {
    const answers = results.patientResults[id];
    return `${id}\t${criteria.map((name) => ({ true: 'T', false: 'F' })[answers[name]] ?? 'n').join('')}`;
  });
}

const bundles = await bundlesOf(data, Number(options.patients ?? 0));
const rounds = [];
const each = [];
const eachCpu = [];
let table = [];
for (let round = 0; round < Number(options.repeats); ++round) {
  const before = process.cpuUsage();
  const rows = [];
  const step = phase === 'one' ? 1 : kAtOnce;
  for (let i = 0; i < bundles.length; i += step) {
    const began = process.hrtime.bigint();
    const cpu = process.cpuUsage();
    rows.push(...(await evaluate(bundles.slice(i, i + step))));
    const used = process.cpuUsage(cpu);
    each.push(Number(process.hrtime.bigint() - began) / 1e6);
    eachCpu.push((used.user + used.system) / 1e3);
  }
  const spent = process.cpuUsage(before);
  rounds.push((spent.user + spent.system) / 1e6);
  table = rows;
}
if (options.table) fs.writeFileSync(options.table, `${criteria.join(' ')}\n${table.sort().join('\n')}\n`);
const quantile = (values, part) => values.sort((a, b) => a - b)[Math.floor(values.length * part)];
const peak = Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
console.log(JSON.stringify({ patients: bundles.length, peak_mb: peak, cpu_s: rounds, p50_ms: quantile(each, 0.5), p99_ms: quantile(each, 0.99),
                             p50_cpu_ms: quantile(eachCpu, 0.5) }));
