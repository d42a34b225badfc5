-- Trial20 with the records that each verdict rests on: one pass over each table, one group a patient. $INDEX is the instant of the question;
-- $WHERE narrows it to one patient, or is empty.
WITH o AS (
  SELECT pid,
    arg_max(value, seen) FILTER (code = '4548-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS a1c,
    arg_max(record, seen) FILTER (code = '4548-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS a1c_e,
    arg_max(value, seen) FILTER (code = '39156-5' AND seen >= $INDEX - INTERVAL 24 MONTH) AS bmi,
    arg_max(record, seen) FILTER (code = '39156-5' AND seen >= $INDEX - INTERVAL 24 MONTH) AS bmi_e,
    list(record) FILTER (code = '33914-3' AND seen >= $INDEX - INTERVAL 5 YEAR AND value >= 30) AS egfr_e,
    list(record) FILTER (code = '55284-4' AND seen >= $INDEX - INTERVAL 3 YEAR AND systolic <= 180) AS pressures_e,
    arg_max(value, seen) FILTER (code = '29463-7' AND seen >= $INDEX - INTERVAL 24 MONTH) AS weight,
    arg_max(record, seen) FILTER (code = '29463-7' AND seen >= $INDEX - INTERVAL 24 MONTH) AS weight_e,
    arg_max(value, seen) FILTER (code = '38483-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS creatinine,
    arg_max(record, seen) FILTER (code = '38483-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS creatinine_e,
    arg_max(value, seen) FILTER (code = '6298-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS potassium,
    arg_max(record, seen) FILTER (code = '6298-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS potassium_e,
    arg_max(answer, seen) FILTER (code = '72166-2' AND seen >= $INDEX - INTERVAL 24 MONTH) AS smoking,
    arg_max(record, seen) FILTER (code = '72166-2' AND seen >= $INDEX - INTERVAL 24 MONTH) AS smoking_e,
    arg_max(value, seen) FILTER (code = '718-7' AND seen >= $INDEX - INTERVAL 3 YEAR) AS haemoglobin,
    arg_max(record, seen) FILTER (code = '718-7' AND seen >= $INDEX - INTERVAL 3 YEAR) AS haemoglobin_e
  FROM observation
  WHERE code IN ('4548-4', '39156-5', '33914-3', '55284-4', '29463-7', '38483-4', '6298-4', '72166-2', '718-7')
    AND seen >= $INDEX - INTERVAL 5 YEAR AND seen <= $INDEX AND counts $WHERE
  GROUP BY pid),
c AS (
  SELECT pid,
    list(record) FILTER (active AND code IN ('44054006', '15777000', '237602007')) AS diabetes,
    list(record) FILTER (active AND code = '88805009') AS failure,
    list(record) FILTER (code = '230690007' AND seen >= $INDEX - INTERVAL 5 YEAR AND seen <= $INDEX) AS stroke,
    list(record) FILTER (code IN ('53741008', '22298006', '49436004') AND seen >= $INDEX - INTERVAL 12 MONTH AND seen <= $INDEX) AS heart,
    list(record) FILTER (active AND code = '72892002' AND seen >= $INDEX - INTERVAL 10 MONTH AND seen <= $INDEX) AS pregnant
  FROM condition
  WHERE code IN ('44054006', '15777000', '237602007', '88805009', '230690007', '53741008', '22298006', '49436004', '72892002') $WHERE
  GROUP BY pid),
d AS (
  SELECT pid,
    list(record) FILTER (counts AND code IN ('316672', '860975', '316049', '309362', '866414', '314076')) AS cardiac,
    list(record) FILTER (code IN ('106892', '575971', '865098') AND seen >= $INDEX - INTERVAL 90 DAY) AS insulin,
    list(record) FILTER (code IN ('1049221', '1310197', '1860154', '1860491') AND seen >= $INDEX - INTERVAL 180 DAY) AS opioid
  FROM drug
  WHERE code IN ('316672', '860975', '316049', '309362', '866414', '314076', '106892', '575971', '865098', '1049221', '1310197', '1860154', '1860491')
    AND seen >= $INDEX - INTERVAL 24 MONTH AND seen <= $INDEX $WHERE
  GROUP BY pid),
a AS (SELECT pid, list(record) AS listed FROM allergy WHERE code IN ('300913006', '300916003') $WHERE GROUP BY pid),
p AS (SELECT pid, list(record) AS treated FROM procedure
      WHERE code IN ('703423002', '367336001', '73761001') AND seen >= $INDEX - INTERVAL 12 MONTH AND seen <= $INDEX AND counts $WHERE GROUP BY pid)
SELECT pid,
  date_sub('year', birth, CAST($INDEX AS DATE)) BETWEEN 18 AND 80 AS I01,
  diabetes IS NOT NULL AS I02,
  a1c BETWEEN 5.7 AND 10.5 AS I03,
  bmi >= 25 AS I04,
  egfr_e IS NOT NULL AS I05,
  coalesce(len(pressures_e), 0) >= 2 AS I06,
  cardiac IS NOT NULL AS I07,
  weight BETWEEN 40 AND 150 AS I08,
  failure IS NOT NULL AS E01,
  stroke IS NOT NULL AS E02,
  heart IS NOT NULL AS E03,
  pregnant IS NOT NULL AS E04,
  insulin IS NOT NULL AS E05,
  opioid IS NOT NULL AS E06,
  creatinine > 2.0 AS E07,
  potassium > 5.1 AS E08,
  listed IS NOT NULL AS E09,
  coalesce(smoking = '449868002', false) AS E10,
  treated IS NOT NULL AS E11,
  haemoglobin < 12 AS E12,
  id AS I01_e, diabetes AS I02_e, a1c_e AS I03_e, bmi_e AS I04_e, egfr_e AS I05_e,
  CASE WHEN len(pressures_e) >= 2 THEN pressures_e END AS I06_e, cardiac AS I07_e, weight_e AS I08_e,
  failure AS E01_e, stroke AS E02_e, heart AS E03_e, pregnant AS E04_e, insulin AS E05_e, opioid AS E06_e, creatinine_e AS E07_e,
  potassium_e AS E08_e, listed AS E09_e, smoking_e AS E10_e, treated AS E11_e, haemoglobin_e AS E12_e
FROM (SELECT * FROM patient WHERE true $WHERE) LEFT JOIN o USING (pid) LEFT JOIN c USING (pid) LEFT JOIN d USING (pid) LEFT JOIN a USING (pid) LEFT JOIN p USING (pid)
