-- Every patient $COPIES times, made inside the engine. Rows lie by $ORDER: by code a scan skips what no criterion asks, by patient what is
-- of others.
CREATE TEMP TABLE copy AS SELECT (range * 1000000)::INTEGER AS shift, range AS number FROM range($COPIES);
CREATE OR REPLACE TABLE condition AS SELECT pid + shift AS pid, record, code, seen, active FROM condition, copy ORDER BY $ORDER;
CREATE OR REPLACE TABLE drug AS SELECT pid + shift AS pid, record, code, seen, counts FROM drug, copy ORDER BY $ORDER;
CREATE OR REPLACE TABLE procedure AS SELECT pid + shift AS pid, record, code, seen, counts FROM procedure, copy ORDER BY $ORDER;
CREATE OR REPLACE TABLE allergy AS SELECT pid + shift AS pid, record, code FROM allergy, copy ORDER BY $ORDER;
CREATE OR REPLACE TABLE observation AS SELECT pid + shift AS pid, record, code, seen, counts, value, answer, systolic FROM observation, copy ORDER BY $ORDER;
CREATE OR REPLACE TABLE patient AS SELECT pid + shift AS pid, id || CASE WHEN number = 0 THEN '' ELSE '-' || number END AS id, birth FROM patient, copy ORDER BY pid;
DROP TABLE copy;
