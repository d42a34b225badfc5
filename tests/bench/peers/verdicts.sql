-- The verdicts of Trial20 alone, without what they rest on: less than is asked. One pass over each table, one group a patient. $INDEX is the instant of the question; $WHERE narrows it to one patient, or is empty.
WITH o AS (
  SELECT pid,
    arg_max(value, seen) FILTER (code = '4548-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS a1c,
    arg_max(value, seen) FILTER (code = '39156-5' AND seen >= $INDEX - INTERVAL 24 MONTH) AS bmi,
    bool_or(value >= 30) FILTER (code = '33914-3' AND seen >= $INDEX - INTERVAL 5 YEAR) AS egfr,
    count(*) FILTER (code = '55284-4' AND seen >= $INDEX - INTERVAL 3 YEAR AND systolic <= 180) AS pressures,
    arg_max(value, seen) FILTER (code = '29463-7' AND seen >= $INDEX - INTERVAL 24 MONTH) AS weight,
    arg_max(value, seen) FILTER (code = '38483-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS creatinine,
    arg_max(value, seen) FILTER (code = '6298-4' AND seen >= $INDEX - INTERVAL 12 MONTH) AS potassium,
    arg_max(answer, seen) FILTER (code = '72166-2' AND seen >= $INDEX - INTERVAL 24 MONTH) AS smoking,
    arg_max(value, seen) FILTER (code = '718-7' AND seen >= $INDEX - INTERVAL 3 YEAR) AS haemoglobin
  FROM observation
  WHERE code IN ('4548-4', '39156-5', '33914-3', '55284-4', '29463-7', '38483-4', '6298-4', '72166-2', '718-7')
    AND seen >= $INDEX - INTERVAL 5 YEAR AND seen <= $INDEX AND counts $WHERE
  GROUP BY pid),
c AS (
  SELECT pid,
    bool_or(active AND code IN ('44054006', '15777000', '237602007')) AS diabetes,
    bool_or(active AND code = '88805009') AS failure,
    bool_or(code = '230690007' AND seen >= $INDEX - INTERVAL 5 YEAR AND seen <= $INDEX) AS stroke,
    bool_or(code IN ('53741008', '22298006', '49436004') AND seen >= $INDEX - INTERVAL 12 MONTH AND seen <= $INDEX) AS heart,
    bool_or(active AND code = '72892002' AND seen >= $INDEX - INTERVAL 10 MONTH AND seen <= $INDEX) AS pregnant
  FROM condition
  WHERE code IN ('44054006', '15777000', '237602007', '88805009', '230690007', '53741008', '22298006', '49436004', '72892002') $WHERE
  GROUP BY pid),
d AS (
  SELECT pid,
    bool_or(counts AND code IN ('316672', '860975', '316049', '309362', '866414', '314076')) AS cardiac,
    bool_or(code IN ('106892', '575971', '865098') AND seen >= $INDEX - INTERVAL 90 DAY) AS insulin,
    bool_or(code IN ('1049221', '1310197', '1860154', '1860491') AND seen >= $INDEX - INTERVAL 180 DAY) AS opioid
  FROM drug
  WHERE code IN ('316672', '860975', '316049', '309362', '866414', '314076', '106892', '575971', '865098', '1049221', '1310197', '1860154', '1860491')
    AND seen >= $INDEX - INTERVAL 24 MONTH AND seen <= $INDEX $WHERE
  GROUP BY pid),
a AS (SELECT DISTINCT pid, true AS listed FROM allergy WHERE code IN ('300913006', '300916003') $WHERE),
p AS (SELECT DISTINCT pid, true AS treated FROM procedure
      WHERE code IN ('703423002', '367336001', '73761001') AND seen >= $INDEX - INTERVAL 12 MONTH AND seen <= $INDEX AND counts $WHERE)
SELECT pid,
  date_sub('year', birth, CAST($INDEX AS DATE)) BETWEEN 18 AND 80 AS I01,
  coalesce(diabetes, false) AS I02,
  a1c BETWEEN 5.7 AND 10.5 AS I03,
  bmi >= 25 AS I04,
  coalesce(egfr, false) AS I05,
  coalesce(pressures, 0) >= 2 AS I06,
  coalesce(cardiac, false) AS I07,
  weight BETWEEN 40 AND 150 AS I08,
  coalesce(failure, false) AS E01,
  coalesce(stroke, false) AS E02,
  coalesce(heart, false) AS E03,
  coalesce(pregnant, false) AS E04,
  coalesce(insulin, false) AS E05,
  coalesce(opioid, false) AS E06,
  creatinine > 2.0 AS E07,
  potassium > 5.1 AS E08,
  coalesce(listed, false) AS E09,
  coalesce(smoking = '449868002', false) AS E10,
  coalesce(treated, false) AS E11,
  haemoglobin < 12 AS E12
FROM (SELECT * FROM patient WHERE true $WHERE) LEFT JOIN o USING (pid) LEFT JOIN c USING (pid) LEFT JOIN d USING (pid) LEFT JOIN a USING (pid) LEFT JOIN p USING (pid)
