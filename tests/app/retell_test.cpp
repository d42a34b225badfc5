// A kept record told again in another language: the flag's page in a hospital that reads Chinese.
#include "agent/app/retell.h"

#include <catch2/catch.hpp>

#include "agent/app/record_json.h"
#include "agent/app/record_read.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::eligibility;

namespace {

Trial trial_in(const char* language, const char* label, const char* question) {
  Trial trial;
  trial.language = language;
  trial.texts = texts_in(language);
  Criterion pain;
  pain.id = "I4.pain";
  pain.label = label;
  pain.ask = {question};
  trial.criteria.push_back(pain);
  return trial;
}

PatientVerdict verdict() {
  Verdict pain;
  pain.id = "I4.pain";
  pain.said = {Text::mean_so_far, 5.5, 2, 0, 0};
  pain.summary = "pain: mean so far 5.5, days with a score: 2";
  pain.ask = {"How bad?"};
  Verdict gone;
  gone.id = "I9.gone";
  gone.said = {Text::nothing_found};
  gone.summary = "gone: nothing on record";
  gone.ask = {"Gone?"};
  PatientVerdict patient;
  patient.criteria = {pain, gone};
  patient.questions = {"How bad?", "Gone?"};
  return patient;
}

const Trial kEnglish = trial_in("en", "pain", "How bad?"), kChinese = trial_in("zh", "疼痛", "几分？");

}  // namespace

TEST_CASE("retell: a record that was kept is told in another language, numbers and all") {
  auto kept = read_record(record_json_to_keep(verdict(), Zone::utc()));
  REQUIRE(kept.has_value());
  CHECK(kept->criteria[0].said == verdict().criteria[0].said);
  retell(*kept, kEnglish, kChinese);
  CHECK(kept->criteria[0].summary == "疼痛：目前均值5.5分，有评分的天数：2");
  CHECK(kept->criteria[0].ask == std::vector<std::string>{"几分？"});
  CHECK(kept->questions == std::vector<std::string>{"几分？", "Gone?"});
}

TEST_CASE("retell: what the trial's file does not say any more, or an older record does not hold, stays as it was written") {
  auto kept = read_record(record_json(verdict(), Zone::utc()));
  REQUIRE(kept.has_value());
  retell(*kept, kEnglish, kChinese);
  CHECK(kept->criteria[0].summary == "pain: mean so far 5.5, days with a score: 2");
  CHECK(kept->criteria[1].summary == "gone: nothing on record");
  CHECK(kept->criteria[1].ask == std::vector<std::string>{"Gone?"});
}
