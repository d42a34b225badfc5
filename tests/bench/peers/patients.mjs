// NDJSON of a hospital's resources, as one Bundle a patient, in the order of patient ids.
import fs from 'node:fs';
import readline from 'node:readline';

export async function bundlesOf(file, count) {
  const lines = readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity });
  const ofPatient = new Map();
  for await (const line of lines) {
    const resource = JSON.parse(line);
    const reference = resource.resourceType === 'Patient' ? `Patient/${resource.id}` : (resource.subject ?? resource.patient).reference;
    if (!ofPatient.has(reference)) ofPatient.set(reference, []);
    ofPatient.get(reference).push({ resource });
  }
  const references = [...ofPatient.keys()].sort();
  // Evenly over all, so that a part of them is like the whole.
  const wanted = count && count < references.length ? Array.from({ length: count }, (_, i) => references[Math.floor((i * references.length) / count)]) : references;
  return wanted.map((reference) => ({ id: reference.slice('Patient/'.length), bundle: { resourceType: 'Bundle', type: 'collection', entry: ofPatient.get(reference) } }));
}
