-- NDJSON of six types → tables of what Trial20 asks, in one reading of the file; only the named members are made into values.
CREATE TEMP TABLE resource AS
SELECT id AS record, resourceType AS type, coalesce(subject.reference, patient.reference, 'Patient/' || id)[9:] AS patient, status,
       coalesce(code, medicationCodeableConcept).coding[1].code AS code,
       coalesce(effectiveDateTime, authoredOn, onsetDateTime, performedPeriod.start)::TIMESTAMP AS seen, birthDate,
       clinicalStatus.coding[1].code = 'active' AS active, valueQuantity.value AS value, valueCodeableConcept.coding[1].code AS answer,
       list_filter(component, part -> part.code.coding[1].code = '8480-6' AND part.valueQuantity.code = 'mm[Hg]')[1].valueQuantity.value AS systolic
FROM read_json('$DATA', format = 'newline_delimited', maximum_object_size = 16777216, columns = {
  resourceType: 'VARCHAR', id: 'VARCHAR', subject: 'STRUCT(reference VARCHAR)', patient: 'STRUCT(reference VARCHAR)', status: 'VARCHAR',
  clinicalStatus: 'STRUCT(coding STRUCT(code VARCHAR)[])', code: 'STRUCT(coding STRUCT(code VARCHAR)[])',
  medicationCodeableConcept: 'STRUCT(coding STRUCT(code VARCHAR)[])', birthDate: 'DATE', effectiveDateTime: 'VARCHAR', authoredOn: 'VARCHAR',
  onsetDateTime: 'VARCHAR', performedPeriod: 'STRUCT("start" VARCHAR)', valueQuantity: 'STRUCT("value" DOUBLE)',
  valueCodeableConcept: 'STRUCT(coding STRUCT(code VARCHAR)[])',
  component: 'STRUCT(code STRUCT(coding STRUCT(code VARCHAR)[]), valueQuantity STRUCT("value" DOUBLE, code VARCHAR))[]'});
CREATE TYPE code AS ENUM (SELECT DISTINCT code FROM resource WHERE code IS NOT NULL ORDER BY code);
CREATE TYPE answer AS ENUM (SELECT DISTINCT answer FROM resource WHERE answer IS NOT NULL ORDER BY answer);
CREATE TABLE patient AS SELECT row_number() OVER (ORDER BY patient)::INTEGER AS pid, patient AS id, birthDate AS birth FROM resource WHERE type = 'Patient';
CREATE TABLE condition AS SELECT pid, record, code::code AS code, seen, active FROM resource JOIN patient ON patient.id = resource.patient WHERE type = 'Condition';
CREATE TABLE drug AS SELECT pid, record, code::code AS code, seen, status IN ('active', 'completed', 'stopped') AS counts FROM resource JOIN patient ON patient.id = resource.patient WHERE type = 'MedicationRequest';
CREATE TABLE procedure AS SELECT pid, record, code::code AS code, seen, status = 'completed' AS counts FROM resource JOIN patient ON patient.id = resource.patient WHERE type = 'Procedure';
CREATE TABLE allergy AS SELECT pid, record, code::code AS code FROM resource JOIN patient ON patient.id = resource.patient WHERE type = 'AllergyIntolerance';
CREATE TABLE observation AS SELECT pid, record, code::code AS code, seen, status = 'final' AS counts, value, answer::answer AS answer, systolic
FROM resource JOIN patient ON patient.id = resource.patient WHERE type = 'Observation';
DROP TABLE resource;
