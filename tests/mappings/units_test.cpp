// Units: what a value is in the unit in which its concept is judged (criteria.md 2.14).
#include <cmath>

#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

/// The converted value, or -1 when it cannot be converted.
double convert(const char* concept_name, double value, const char* ucum, const char* unit, const char* code = "") {
  const auto id = shipped().find(concept_name);
  REQUIRE(id.has_value());
  return shipped().to_canonical(*id, value, ucum, unit, code).value_or(-1);
}

}  // namespace

TEST_CASE("units: HbA1c is judged in per cent") {
  CHECK(convert("hba1c", 7.2, "%", "") == 7.2);
  CHECK(convert("hba1c", 48, "mmol/mol", "") == Approx(6.542));
  CHECK(convert("hba1c", 48, "mmol/mol{Hb}", "") == Approx(6.542));
  CHECK(convert("hba1c", 0.072, "1", "") == Approx(7.2));
  CHECK(convert("hba1c", 7.2, "", "") == 7.2);
  CHECK(convert("hba1c", 48, "", "", "59261-8") == Approx(6.542));
  CHECK(convert("hba1c", 48, "", "", "4548-4") == -1);
  CHECK(convert("hba1c", 0.072, "", "") == -1);
  CHECK(convert("hba1c", 12, "g/dL", "g/dL") == -1);
}

TEST_CASE("units: pressure in mmHg or kPa, however it is written") {
  for (const char* unit : {"mmHg", "mm Hg", "MMHG", "毫米汞柱", "ｍｍＨｇ"}) CHECK(convert("bp_systolic", 142, "", unit) == 142);
  CHECK(convert("bp_systolic", 142, "mm[Hg]", "mmHg") == 142);
  CHECK(convert("bp_diastolic", 12, "kPa", "") == Approx(90.00744));
  CHECK(convert("bp_systolic", 142, "", "") == 142);
  CHECK(convert("bp_systolic", 142, "cm[H2O]", "") == -1);
}

TEST_CASE("units: weight, height, neck and body mass index") {
  CHECK(convert("body_weight", 180, "[lb_av]", "") == Approx(81.6466));
  CHECK(convert("body_weight", 140, "", "斤") == 70);
  CHECK(convert("body_weight", 70000, "g", "") == 70);
  CHECK(convert("body_height", 1.75, "m", "") == 175);
  CHECK(convert("body_height", 70, "", "inches") == Approx(177.8));
  CHECK(convert("stopbang_neck", 16, "[in_i]", "") == Approx(40.64));
  CHECK(convert("body_mass_index", 36.1, "", "kg/m²") == 36.1);
  CHECK(convert("stopbang_bmi", 36.1, "kg/m2", "") == 36.1);
  CHECK(convert("body_mass_index", 36.1, "", "") == 36.1);
}

TEST_CASE("units: without a unit only the one that fits is taken") {
  CHECK(convert("body_height", 175, "", "") == 175);
  CHECK(convert("body_height", 1.75, "", "") == 175);
  CHECK(convert("body_weight", 70, "", "") == -1);
  CHECK(convert("body_weight", 20, "", "") == 20);
  CHECK(convert("body_height", 5, "", "") == -1);
}

TEST_CASE("units: scores have many names for no unit") {
  for (const char* ucum : {"{score}", "1", "{#}", "{points}"}) CHECK(convert("pain_nrs_daily", 6, ucum, "") == 6);
  for (const char* unit : {"/10", "0-10", "points", "分", "Punkte"}) CHECK(convert("pain_nrs_7day", 6, "", unit) == 6);
  CHECK(convert("pain_nrs_daily", 60, "mm", "mm") == -1);
  CHECK(convert("wpi", 9, "", "") == 9);
  CHECK(convert("sss", 9, "", "分") == 9);
  CHECK(convert("stopbang_total", 5, "{score}", "") == 5);
}

TEST_CASE("units: hCG in units a litre") {
  CHECK(convert("hcg_quantity", 30, "m[IU]/mL", "") == 30);
  CHECK(convert("hcg_quantity", 30, "", "mIU/ml") == 30);
  CHECK(convert("hcg_quantity", 0.03, "[IU]/mL", "") == Approx(30));
  CHECK(convert("hcg_quantity", 30, "", "") == 30);
  CHECK(convert("hcg_quantity", 30, "ng/mL", "") == -1);
}

TEST_CASE("units: measured concepts have a plausible range, others none") {
  const auto range = shipped().plausible(*shipped().find("bp_systolic"));
  REQUIRE(range.has_value());
  CHECK(range->low == 50);
  CHECK(range->high == 300);
  CHECK(range->unit == "mm[Hg]");
  CHECK_FALSE(shipped().plausible(*shipped().find("fibromyalgia")).has_value());
}
