#include "agent/notify/fhir_bodies.h"

#include <catch2/catch.hpp>

#include "agent/json/value.h"
#include "agent/notify/fhir_text.h"

using namespace trialflag;
using namespace trialflag::notify;
using namespace trialflag::screening;

namespace {

ClinicalFacts facts(NoticeKind kind = NoticeKind::opened, FlagStatus status = FlagStatus::potentially_eligible) {
  DueNotice due;
  due.notice.kind = kind;
  due.notice.trial = {"NCT07230171"};
  due.notice.event = 3;
  due.flag.emplace();
  due.flag->id = {"f1"};
  due.flag->code = "K7Q2";
  due.flag->patient = {"p1"};
  due.flag->status = status;
  due.event.emplace();
  due.event->status = status;
  return ClinicalFacts(due);
}

const AboutFlag kAbout = {"Patient/p1", "ResearchStudy/s", "ResearchSubject/r"};
const Reasons kReasons = {{"against it"}, {"a \"question\""}};

MessageContext context(const std::string& language, std::int64_t now = 0) {
  MessageContext context;
  context.now = {now};
  context.language = language;
  return context;
}

}  // namespace

TEST_CASE("bodies: what stands in the EHR tells whose it is, its status, and that it is ours") {
  const FhirBody body = subject_body(facts(), kAbout);
  const auto standing = standing_of(body.json);
  REQUIRE(standing);
  CHECK(standing->identifier == "f1");
  CHECK(standing->status == "candidate");
  CHECK(standing->written == body.written);
  CHECK(standing->patient == "Patient/p1");
  CHECK_FALSE(standing->moved());

  std::string moved = body.json;
  moved.replace(moved.find(R"("status":"candidate")"), 20, R"("status":"screening")");
  CHECK(standing_of(moved)->moved());
  CHECK_FALSE(standing_of("no JSON"));
}

TEST_CASE("bodies: the same content is the same, whenever it is written, and another status or word is another") {
  const auto written = [](NoticeKind kind, FlagStatus status, const Reasons& reasons, std::int64_t now) {
    return task_body(facts(kind, status), kAbout, reasons, context("en", now)).written;
  };
  const std::string first = written(NoticeKind::opened, FlagStatus::potentially_eligible, kReasons, 0);
  CHECK(written(NoticeKind::opened, FlagStatus::potentially_eligible, kReasons, 86400000) == first);
  CHECK(written(NoticeKind::opened, FlagStatus::potentially_eligible, {}, 0) != first);
  CHECK(written(NoticeKind::retracted, FlagStatus::ineligible, kReasons, 0) != first);
  CHECK(list_body("T", "site", {"Patient/1"}, context("en", 1)).written == list_body("T", "site", {"Patient/1"}, context("en", 2)).written);
  CHECK(list_body("T", "site", {"Patient/1"}, context("en")).written != list_body("T", "site", {"Patient/2"}, context("en")).written);
}

TEST_CASE("bodies: a study and a list are another one at another site") {
  CHECK(study_body("T", "", "a").identifier != study_body("T", "", "b").identifier);
  CHECK(list_body("T", "a", {}, context("en")).identifier != list_body("T", "b", {}, context("en")).identifier);
  CHECK(study_body("T", "", "a").json.find("clinicaltrials.gov") == std::string::npos);
}

TEST_CASE("bodies: every text is there in every language, and is sound JSON") {
  for (const char* language : {"en", "zh-CN", "de"}) {
    const FhirTexts& texts = fhir_texts(language);
    for (const std::string_view text :
         {texts.list_title, texts.list_code, texts.task_code, texts.performer, texts.how_to_answer, texts.open, texts.against})
      CHECK_FALSE(text.empty());
    for (const FhirBody& body :
         {task_body(facts(), kAbout, kReasons, context(language)),
          task_body(facts(NoticeKind::retracted, FlagStatus::ineligible), kAbout, kReasons, context(language)),
          communication_body(facts(), kAbout, kReasons, context(language)), list_body("T", "s", {}, context(language))}) {
      json::Document document;
      REQUIRE(document.parse(body.json));
      CHECK(document.root()["resourceType"].string() == body.type);
      CHECK(document.root()["status"].string() == body.status);
    }
  }
  CHECK(fhir_texts("fr").performer == fhir_texts("en").performer);
  json::Document document;
  REQUIRE(document.parse(task_body(facts(), kAbout, kReasons, context("en")).json));
  CHECK(document.root()["description"].string().find("- a \"question\"") != std::string_view::npos);
}

TEST_CASE("bodies: why somebody set a status is taken from its words, or from its code's") {
  const auto why = [](const std::string& reason) { return standing_of(R"({"status":"rejected","statusReason":)" + reason + "}")->why; };
  CHECK(why(R"({"text":"moved away"})") == "moved away");
  CHECK(why(R"({"coding":[{"code":"x","display":"Moved"}]})") == "Moved");
  CHECK(why("{}").empty());
}
