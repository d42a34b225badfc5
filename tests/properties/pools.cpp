#include "tests/properties/pools.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/properties/engine.h"

namespace trialflag::properties {
namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) fields.push_back(field);
  return fields;
}

template <typename Take>
void each_row(const std::string& table, Take take) {
  std::ifstream file(TRIALFLAG_SOURCE_DIR "/mappings/tables/" + table);
  if (!file) throw std::runtime_error(table + " cannot be read");
  std::string line;
  std::getline(file, line);  // the header
  while (std::getline(file, line))
    if (!line.empty() && line.front() != '#') take(fields_of(line));
}

std::map<std::string, Pool> read_pools() {
  std::map<std::string, Pool> pools;
  each_row("codes.tsv", [&](const std::vector<std::string>& row) {
    const std::string_view system = tables().system_uri(row.at(0));
    std::string code = row.at(1);
    if (code.ends_with('*')) code.pop_back();
    pools[row.at(2)].codings.push_back({std::string(system), code});
  });
  each_row("terms.tsv", [&](const std::vector<std::string>& row) {
    if (row.size() > 5) pools[row[0]].words.push_back(row[5]);
  });
  return pools;
}

}  // namespace

const Pool& pool(const std::string& concept_name) {
  static const std::map<std::string, Pool> pools = read_pools();
  return pools.at(concept_name);
}

const std::vector<Theme>& themes() {
  static const std::vector<Theme> all{
      {.conditions = {"fibromyalgia"}, .observations = {"wpi", "sss", "pain_nrs_7day"}, .acts = {"nondrug_therapy"}},
      {.conditions = {"fibromyalgia"},
       .observations = {"pain_nrs_7day", "pain_nrs_daily", "pain_nrs_daily", "pain_nrs_daily"},
       .acts = {"nondrug_therapy"}},
      {.conditions = {"fibromyalgia", "cognition_impaired"},
       .drugs = {"drug_pregabalin", "drug_duloxetine", "drug_milnacipran", "drug_amitriptyline", "drug_cyclobenzaprine", "drug_tramadol",
                 "drug_gabapentin", "drug_mirogabalin"},
       .reasons = {"fibromyalgia", "fibromyalgia", "chronic_pain_indication"}},
      {.drugs = {"drug_pregabalin", "drug_venlafaxine", "drug_desvenlafaxine"},
       .allergies = {"allergy_study_drug", "drug_pregabalin", "drug_venlafaxine"}},
      {.conditions = {"fibromyalgia"},
       .drugs = {"drug_ketamine", "drug_esketamine"},
       .reasons = {"chronic_pain_indication", "anaesthesia_context", "ketamine_other_indication", "fibromyalgia"},
       .acts = {"drug_esketamine", "anaesthesia_context"}},
      {.conditions = {"hypothyroidism", "hyperthyroidism", "nutritional_deficiency"},
       .drugs = {"drug_levothyroxine"},
       .reasons = {"hypothyroidism"}},
      {.conditions = {"diabetes_mellitus", "diabetes_uncontrolled"},
       .drugs = {"drug_antidiabetic"},
       .reasons = {"diabetes_mellitus"},
       .observations = {"hba1c", "hba1c", "hba1c"}},
      {.conditions = {"osa", "hypertension"},
       .drugs = {"antihypertensive_classes"},
       .observations = {"stopbang_total", "stopbang_snoring", "stopbang_tired", "stopbang_observed", "stopbang_neck", "body_mass_index",
                        "body_weight", "body_height", "blood_pressure"},
       .acts = {"osa"}},
      {.conditions = {"refractory_hypertension", "hypertension"},
       .drugs = {"antihypertensive_classes", "antihypertensive_classes"},
       .observations = {"bp_systolic", "bp_diastolic", "blood_pressure", "blood_pressure"}},
      {.conditions = {"connective_tissue_disorder", "inflammatory_rheumatic_disease", "gout", "other_painful_conditions"}},
      {.conditions = {"psychosis_schizophrenia", "bipolar", "personality_disorder", "cognition_impaired"}},
      {.conditions = {"malignancy", "malignancy", "angle_closure_glaucoma"}, .reasons = {"malignancy"}},
      {.conditions = {"acute_cardiovascular_event", "severe_cardiovascular"}, .reasons = {"acute_cardiovascular_event"}},
      {.conditions = {"aneurysm_avm_ich", "raised_icp", "severe_hepatic_impairment", "eclampsia"},
       .drugs = {"interacting_drugs", "interacting_drugs"}},
      {.conditions = {"drug_use_disorder", "alcohol_use_disorder"},
       .reasons = {"alcohol_use_disorder"},
       .observations = {"urine_drug_screen"}},
      {.conditions = {"pregnancy", "pregnancy_end", "lactation"},
       .reasons = {"pregnancy"},
       .observations = {"pregnancy", "pregnancy_test", "pregnancy_test", "hcg_quantity", "lactation"},
       .acts = {"pregnancy_end"}},
      {.drugs = {"drug_ketamine"},
       .allergies = {"allergy_study_drug", "drug_ketamine", "drug_esketamine", "no_known_allergy", "no_information",
                     "food_environment_allergy", "unspecified_drug_allergy"}},
  };
  return all;
}

const Measure& measure(const std::string& concept_name) {
  static const Measure none;
  static const std::vector<std::string> pain{"0", "3", "3.9", "4", "4.1", "7", "10", "11"};
  static const std::vector<std::string> score{"{score}", "{score}", ""};
  static const std::map<std::string, Measure> all{
      {"pain_nrs_7day", {pain, score}},
      {"pain_nrs_daily", {pain, score}},
      {"wpi", {{"3", "4", "6", "7", "19", "20"}, score}},
      {"sss", {{"4", "5", "8", "9", "12", "13"}, score}},
      {"hba1c", {{"5.2", "6.4", "6.5", "7.9", "8", "8.9", "9", "11", "25", "48", "75"}, {"%", "%", "%", "", "mmol/mol", "mg/dL"}}},
      {"stopbang_total", {{"0", "2", "3", "8", "9"}, score}},
      {"stopbang_neck", {{"38", "40", "41", "42", "43", "46", "90"}, {"cm", "cm", "[in_i]"}}},
      {"body_mass_index", {{"22", "35", "35.1", "42", "300"}, {"kg/m2"}}},
      {"body_weight", {{"60", "95", "120", "500"}, {"kg", "kg", "[lb_av]"}}},
      {"body_height", {{"150", "165", "180"}, {"cm"}}},
      {"bp_systolic", {{"118", "139", "140", "179", "180", "400"}, {"mm[Hg]", "mm[Hg]", "kPa"}}},
      {"bp_diastolic", {{"70", "89", "90", "109", "110", "240"}, {"mm[Hg]"}}},
      {"hcg_quantity", {{"1", "4.9", "5", "24", "25", "3000"}, {"m[IU]/mL", "[IU]/L", "[IU]/L", ""}}},
  };
  const auto found = all.find(concept_name);
  return found == all.end() ? none : found->second;
}

}  // namespace trialflag::properties
