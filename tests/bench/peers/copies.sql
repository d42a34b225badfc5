-- Every patient $COPIES times, made inside the engine; rows lie by code, so that a scan can skip what no criterion asks.
CREATE TEMP TABLE copy AS SELECT (range * 1000000)::INTEGER AS shift, range AS number FROM range($COPIES);
CREATE OR REPLACE TABLE condition AS SELECT pid + shift AS pid, code, seen, active FROM condition, copy ORDER BY code, pid;
CREATE OR REPLACE TABLE drug AS SELECT pid + shift AS pid, code, seen, counts FROM drug, copy ORDER BY code, pid;
CREATE OR REPLACE TABLE procedure AS SELECT pid + shift AS pid, code, seen, counts FROM procedure, copy ORDER BY code, pid;
CREATE OR REPLACE TABLE allergy AS SELECT pid + shift AS pid, code FROM allergy, copy ORDER BY code, pid;
CREATE OR REPLACE TABLE observation AS SELECT pid + shift AS pid, code, seen, counts, value, answer, systolic FROM observation, copy ORDER BY code, pid;
CREATE OR REPLACE TABLE patient AS SELECT pid + shift AS pid, id || CASE WHEN number = 0 THEN '' ELSE '-' || number END AS id, birth FROM patient, copy ORDER BY pid;
DROP TABLE copy;
