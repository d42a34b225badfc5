// Words: normalising, longest first, consumed, filters and their clauses, classes and attributes, over the shipped tables.
#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

std::string says(const char* concept_name, std::string_view text) {
  return outcome_in(shipped(), concept_name, text);
}

std::vector<TextMatch> matches_of(const char* concept_name, std::string_view text) {
  std::vector<TextMatch> found;
  shipped().match_text(text, found);
  std::erase_if(found, [&](const TextMatch& match) { return shipped().name(match.concept_) != concept_name; });
  return found;
}

}  // namespace

TEST_CASE("words: full-width letters, blanks and line breaks are read as their plain forms") {
  CHECK(says("fibromyalgia", "ＦＩＢＲＯＭＹＡＬＧＩＡ") == "include");
  CHECK(says("osa", "obstructive   sleep\xC2\xA0 apnea") == "include");
  CHECK(says("fibromyalgia", "fibro\xC2\xADmyalgia") == "include");
  CHECK(says("connective_tissue_disorder", "SJÖGREN-SYNDROM") == "include");
}

TEST_CASE("words: Latin words are whole, also beside Chinese, Chinese ones need no blanks") {
  CHECK(says("osa", "OSA患者") == "include");
  CHECK(says("osa", "OSAX") == "none");
  CHECK(says("fibromyalgia", "患纤维肌痛多年") == "include");
  CHECK(says("osa", "osa") == "none");
}

TEST_CASE("words: the longest word of a concept takes its place, in every order") {
  CHECK(says("drug_ketamine", "S-ketamine 25 mg") == "trap");
  CHECK(says("drug_ketamine", "S-ketamine, then ketamine") == "include");
  CHECK(says("drug_esketamine", "S-ketamine, then ketamine") == "include");
}

TEST_CASE("filters: a negation goes before its word, in its clause alone") {
  CHECK(says("fibromyalgia", "No signs of infection. Fibromyalgia.") == "include");
  CHECK(says("fibromyalgia", "no fever\nfibromyalgia") == "include");
  CHECK(says("diabetes_mellitus", "denies fibromyalgia, hypertension, diabetes") == "negated");
  CHECK(says("diabetes_mellitus", "否认高血压、糖尿病") == "negated");
  CHECK(says("diabetes_mellitus", "否认高血压，有糖尿病") == "include");
  CHECK(says("diabetes_mellitus", "否认高血压；糖尿病") == "include");
  CHECK(says("other_painful_conditions", "Migraine without aura") == "review");
}

TEST_CASE("filters: the abbreviation's full stop ends no clause") {
  CHECK(says("fibromyalgia", "V. a. Fibromyalgie") == "uncertain");
  CHECK(says("fibromyalgia", "Diabetes. V. a. Fibromyalgie") == "uncertain");
  CHECK(says("diabetes_mellitus", "Diabetes. V. a. Fibromyalgie") == "include");
}

TEST_CASE("filters: of several classes the first of negated, none, uncertain, past counts") {
  CHECK(says("fibromyalgia", "No family history of fibromyalgia") == "negated");
  CHECK(says("fibromyalgia", "Possible history of fibromyalgia") == "uncertain");
  CHECK(says("fibromyalgia", "Father: possible fibromyalgia") == "none");
}

TEST_CASE("filters: of several hits the one that says most counts") {
  CHECK(says("fibromyalgia", "No fibromyalgia. Later fibromyalgia.") == "include");
  CHECK(says("fibromyalgia", "History of fibromyalgia. Rule out fibromyalgia.") == "uncertain");
  CHECK(says("hypothyroidism", "Subclinical hypothyroidism; hypothyroidism ruled out") == "review");
  CHECK(says("gout", "Pseudogout. No gout.") == "negated");
}

TEST_CASE("words: a combination named by its parts has all its classes") {
  std::string classes;
  for (const TextMatch& match : matches_of("antihypertensive_classes", "valsartan 80 mg and amlodipine 5 mg")) {
    CHECK(match.role == Role::include);
    classes += std::string(shipped().attributes(match).classes) + " ";
  }
  CHECK(classes == "arb ccb ");
  CHECK(matches_of("antihypertensive_classes", "amlodipine, Amlodipin, amlodipine").size() == 1);
  CHECK(matches_of("antihypertensive_classes", "valsartan. No amlodipine.").size() == 1);
}

TEST_CASE("words: what the rules ask of a word is an attribute of it") {
  const auto kind = [](const char* concept_name, const char* text) {
    const auto found = matches_of(concept_name, text);
    REQUIRE(found.size() == 1);
    return std::string(shipped().attributes(found[0]).kind);
  };
  CHECK(kind("routes", "i.v.") == "iv");
  CHECK(kind("routes", "静脉滴注") == "iv");
  CHECK(kind("routes", "鼻喷") == "nasal");
  CHECK(kind("routes", "肌內注射") == "intramuscular");
  CHECK(kind("routes", "rektal") == "rectal");
  CHECK(kind("other_painful_conditions", "癌性疼痛") == "cancer_pain");
  CHECK(kind("other_painful_conditions", "migraine") == "");
  CHECK(kind("chronic_pain_indication", "术后疼痛") == "acute_pain");
  CHECK(kind("chronic_pain_indication", "疼痛科") == "");
  CHECK(shipped().attributes(matches_of("drug_esketamine", "esketamine nasal spray").at(0)).route == "nasal");
  CHECK(shipped().attributes(matches_of("drug_esketamine", "esketamine 25 mg").at(0)).route == "");
}

TEST_CASE("words: positions are code points of the normalised text") {
  const auto found = matches_of("fibromyalgia", "  患  纤维肌痛 ");
  REQUIRE(found.size() == 1);
  CHECK(found[0].begin == 2);
  CHECK(found[0].end == 6);
}

TEST_CASE("words: quantities are told apart") {
  CHECK(says("bp_systolic", "systolic blood pressure") == "include");
  CHECK(says("bp_diastolic", "systolic blood pressure") == "none");
  CHECK(says("body_weight", "体重指数") == "trap");
  CHECK(says("body_mass_index", "体重指数") == "include");
  CHECK(says("body_height", "身高") == "include");
}

TEST_CASE("words: broken and huge texts are read to their end") {
  CHECK(says("fibromyalgia", "\xff\xfe fibromyalgia \xc3") == "include");
  CHECK(says("fibromyalgia", std::string_view("a\0fibromyalgia", 14)) == "include");
  CHECK(says("fibromyalgia", "") == "none");
  CHECK(says("fibromyalgia", " \n ") == "none");
  std::string huge;
  for (int i = 0; i < 20000; ++i) huge += "no pain, denies fibromyalgia? ";
  CHECK(says("fibromyalgia", huge) == "negated");
}

TEST_CASE("words: a text is read the same whatever stands around it in other clauses") {
  for (const char* text :
       {"Fibromyalgia", "No evidence of fibromyalgia", "Possible fibromyalgia", "纤维肌痛待排", "排除纤维肌痛", "Z. n. Fibromyalgie"}) {
    for (const char* other : {"Denies fever", "既往体健", "Rule out sepsis", "Mutter gesund"}) {
      const std::string alone = says("fibromyalgia", text);
      INFO(text << " beside " << other);
      CHECK(says("fibromyalgia", std::string(other) + "。" + text) == alone);
      CHECK(says("fibromyalgia", std::string(text) + "\n" + other) == alone);
    }
  }
}

TEST_CASE("words: a worded value answers as a whole or not at all") {
  CHECK(shipped().answer_word(" Positive ") == "positive");
  CHECK(shipped().answer_word("阳性") == "positive");
  CHECK(shipped().answer_word("not detected") == "negative");
  CHECK(shipped().answer_word("positive for nothing") == "");
  CHECK(shipped().answer_word("") == "");
}
