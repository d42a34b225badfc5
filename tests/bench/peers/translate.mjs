// CQL → ELM by the official translator: node translate.mjs QUESTION.cql SOURCES OUT
// SOURCES holds system-modelinfo.xml and FHIRHelpers.cql; OUT gets one ELM file a library.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { CqlTranslator, LibraryManager, ModelManager, createLibrarySourceProvider, createModelInfoProvider, createUcumService,
         stringAsSource } from '@cqframework/cql/cql-to-elm';
import ucum from '@lhncbc/ucum-lhc';

const [question, sources, out] = process.argv.slice(2);
const read = (file) => fs.readFileSync(file, 'utf8');
const fhir = path.dirname(createRequire(import.meta.url).resolve('cql-exec-fhir'));
const models = {
  System: path.join(sources, 'system-modelinfo.xml'),
  FHIR: path.join(fhir, 'modelInfos', 'fhir-modelinfo-4.0.1.xml'),
};
// The functions that this question needs are the same in 4.0.1, which is published as a file, and in the 4.4.000 that it names.
const helpers = (version) => read(path.join(sources, 'FHIRHelpers.cql')).replace(/^library FHIRHelpers version '.*'/m, `library FHIRHelpers version '${version}'`);

const units = ucum.UcumLhcUtils.getInstance();
const checkUnit = (unit) => (units.validateUnitString(unit).status === 'valid' ? null : `${unit} is no unit`);
const unused = () => { throw new Error('a translator computes no quantities'); };

function translate(text) {
  const modelManager = new ModelManager();
  modelManager.modelInfoLoader.registerModelInfoProvider(createModelInfoProvider((id) => (models[id] ? stringAsSource(read(models[id])) : null)));
  const libraryManager = new LibraryManager(modelManager, undefined, undefined, createUcumService(unused, checkUnit, unused, unused));
  libraryManager.librarySourceLoader.registerProvider(createLibrarySourceProvider((id, system, version) => stringAsSource(helpers(version))));
  const translator = CqlTranslator.fromText(text, libraryManager);
  const errors = [...translator.errors.asJsReadonlyArrayView()];
  if (errors.length > 0) throw new Error(errors.map((e) => e.message).join('\n'));
  return JSON.parse(translator.toJson());
}

const log = console.log;
console.log = () => {};  // the translator's logger greets on stdout
fs.mkdirSync(out, { recursive: true });
const library = translate(read(question));
const [, version] = /include FHIRHelpers version '([^']*)'/.exec(read(question));
fs.writeFileSync(path.join(out, 'question.json'), JSON.stringify(library));
fs.writeFileSync(path.join(out, 'FHIRHelpers.json'), JSON.stringify(translate(helpers(version))));
log(JSON.stringify({ library: library.library.identifier.id, translator: library.library.annotation[0].translatorVersion }));
