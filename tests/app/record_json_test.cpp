// The record of one patient: names and order of members are a contract.
#include "agent/app/record_json.h"

#include <catch2/catch.hpp>

#include "agent/json/value.h"

using namespace trialflag;
using namespace trialflag::app;
using namespace trialflag::eligibility;

namespace {

PatientVerdict example() {
  const Zone utc = Zone::utc();
  Verdict age;
  age.id = "I1.age";
  age.kind = Kind::inclusion;
  age.holds = Truth::yes;
  age.basis = Basis::evidence;
  age.effect = Effect::pass;
  age.summary = "aged 44";
  age.evidence = {{"Patient/p1", "3", "", "", "", "1982-04-01", ""}};
  Verdict drug;
  drug.id = "E6.pregabalin";
  drug.kind = Kind::exclusion;
  drug.reason = Reason::weak_evidence;
  drug.basis = Basis::evidence;
  drug.summary = "says \"乐瑞卡\"";
  drug.evidence = {{"MedicationStatement/m", "", "x|1", "乐瑞卡", "drug_pregabalin", "", "75 mg"}};
  drug.ask = {"Ever on pregabalin?"};
  drug.revisit_at = *parse_instant("2026-11-29", utc);
  PatientVerdict verdict;
  verdict.trial = "NCT07230171";
  verdict.trial_version = "1";
  verdict.engine_version = "7";
  verdict.tables_version = "abc";
  verdict.as_of = *parse_instant("2026-11-22", utc);
  verdict.patient = "Patient/p1";
  verdict.status = Status::needs_review;
  verdict.revisit_at = drug.revisit_at;
  verdict.criteria = {age, drug};
  verdict.questions = drug.ask;
  return verdict;
}

}  // namespace

TEST_CASE("record: members stand in the order of the contract, null where nothing is known") {
  CHECK(
      record_json(example(), Zone::utc()) ==
      R"({"trial":"NCT07230171","trial_version":"1","as_of":"2026-11-22T00:00:00Z","patient":"Patient/p1","status":"needs_review",)"
      R"("revisit_at":"2026-11-29T00:00:00Z","criteria":[{"id":"I1.age","kind":"inclusion","holds":"yes","basis":"evidence","reason":null,)"
      R"("effect":"pass","summary":"aged 44","evidence":[{"resource":"Patient/p1","version":"3","time":"1982-04-01"}],"ask":[],"revisit_at":null},)"
      R"({"id":"E6.pregabalin","kind":"exclusion","holds":"unknown","basis":"evidence","reason":"weak_evidence","effect":"open",)"
      R"("summary":"says \"乐瑞卡\"","evidence":[{"resource":"MedicationStatement/m","code":"x|1","display":"乐瑞卡","concept":"drug_pregabalin","value":"75 mg"}],)"
      R"("ask":["Ever on pregabalin?"],"revisit_at":"2026-11-29T00:00:00Z"}],"questions":["Ever on pregabalin?"],"engine":"7","tables":"abc"})");
}

TEST_CASE("record: times carry the offset of the site") {
  const Zone shanghai = *Zone::named("Asia/Shanghai");
  PatientVerdict verdict = example();
  verdict.as_of = *parse_instant("2026-11-22", shanghai);
  CHECK(record_json(verdict, shanghai).find(R"("as_of":"2026-11-22T00:00:00+08:00")") != std::string::npos);
}

TEST_CASE("record: whatever a string holds, the record is JSON") {
  for (const std::string& text :
       {std::string("\x00\x01\n\t\r\"\\/", 8), std::string("\xFF\xC3"), std::string("\xED\xA0\x80"), std::string("\xF4\x90\x80\x80")}) {
    std::string json;
    append_json_string(json, text);
    if (text.front() == '\0') {
      CHECK(json == R"("\u0000\u0001\n\t\r\"\\/")");
    } else {
      json::Document document;
      CHECK(document.parse(json));
    }
  }
}
