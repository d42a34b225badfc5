// Ways to change the input that must not change a verdict.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/properties/property.h"

namespace trialflag::properties {
namespace {

// All resources of a case in an order and in files that its salt decides.
std::vector<std::string> scattered(const Case& made, std::vector<Resource> resources, std::size_t files) {
  std::vector<std::pair<std::size_t, std::string>> placed;
  for (const Resource& resource : resources) placed.emplace_back(pick(made, placed.size(), 1U << 20U), resource.json);
  std::sort(placed.begin(), placed.end());
  std::vector<std::string> texts(files);
  for (const auto& [place, json] : placed) texts[place % files] += json + "\n";
  return texts;
}

std::vector<Resource> all_of(const Case& made) {
  std::vector<Resource> all;
  for (const Person& person : made.people) {
    const std::vector<Resource> resources = written(person);
    all.insert(all.end(), resources.begin(), resources.end());
  }
  return all;
}

std::string in_another_order(const Case& made) {
  const Verdicts base = screen(files_of(made), as_of_instant());
  return difference(base, screen(scattered(made, all_of(made), 1 + made.salt % 3), as_of_instant()));
}

std::string codings_in_another_order(const Case& made) {
  const Verdicts base = screen(files_of(made), as_of_instant());
  const Writing turned{.codings_turned = true};
  return difference(base, screen(files_of(made, turned), as_of_instant()));
}

std::string with_duplicates(const Case& made) {
  const Verdicts base = screen(files_of(made), as_of_instant());
  std::vector<Resource> twice = all_of(made);
  for (std::size_t i = 0, count = twice.size(); i < count; ++i)
    if (pick(made, 1000 + i, 2) == 0) twice.push_back(twice[i]);
  return difference(base, screen(scattered(made, std::move(twice), 2), as_of_instant()));
}

// Records of every type that is read, and of some that are not, which say nothing that the trial asks about.
std::string irrelevant(const std::string& name, std::size_t which) {
  const std::string head = R"("id":"irrelevant-)" + name + R"(",)";
  const std::string subject = R"("subject":{"reference":"Patient/)" + name + R"("})";
  const std::string patient = R"("patient":{"reference":"Patient/)" + name + R"("})";
  const std::vector<std::string> all{
      R"({"resourceType":"Condition",)" + head + subject +
          R"(,"clinicalStatus":{"coding":[{"code":"active"}]},"recordedDate":"2026-11-01","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"J06.9"}],"text":"common cold"}})",
      R"({"resourceType":"Observation",)" + head + subject +
          R"(,"status":"final","effectiveDateTime":"2026-11-20","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"valueQuantity":{"value":13.1,"unit":"g/dL"}})",
      R"({"resourceType":"MedicationStatement",)" + head + subject +
          R"(,"status":"active","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"J01CA04"}],"text":"amoxicillin"}})",
      R"({"resourceType":"MedicationRequest",)" + head + subject +
          R"(,"status":"active","intent":"order","authoredOn":"2026-11-20","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"J01CA04"}]}})",
      R"({"resourceType":"Procedure",)" + head + subject +
          R"(,"status":"completed","performedDateTime":"2026-10-01","code":{"coding":[{"system":"http://snomed.info/sct","code":"73761001"}]}})",
      R"({"resourceType":"Encounter",)" + head + subject + R"(,"status":"finished","class":{"code":"AMB"}})",
      R"({"resourceType":"Immunization",)" + head + patient + R"(,"status":"completed","occurrenceDateTime":"2026"})",
      R"({"resourceType":"FamilyMemberHistory",)" + head + patient +
          R"(,"status":"completed","relationship":{"text":"mother"},"condition":[{"code":{"text":"fibromyalgia, diabetes mellitus, schizophrenia"}}]})",
      R"({"resourceType":"QuestionnaireResponse",)" + head + subject +
          R"(,"status":"completed","authored":"2026-11-20","item":[{"linkId":"hobby","answer":[{"valueString":"chess"}]}]})",
      R"({"resourceType":"DiagnosticReport",)" + head + subject + R"(,"status":"final","code":{"text":"fibromyalgia"}})",
  };
  return all[which % all.size()] + "\n";
}

std::string with_an_irrelevant_record(const Case& made) {
  std::vector<std::string> files = files_of(made);
  const Verdicts base = screen(files, as_of_instant());
  files.push_back(irrelevant(made.people.front().name, made.salt));
  return difference(base, screen(files, as_of_instant()));
}

std::string in_halves(const Case& made) {
  const std::vector<std::string> files = files_of(made);
  const auto middle = files.begin() + static_cast<std::ptrdiff_t>(files.size() / 2);
  Verdicts halves = screen({files.begin(), middle}, as_of_instant());
  for (auto& [patient, verdict] : screen({middle, files.end()}, as_of_instant())) halves[patient] = verdict;
  return difference(screen(files, as_of_instant()), halves);
}

constexpr int kYears = 28;
constexpr int kDays = 10227;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The text with 28 added to every year that opens a date ("2026-11", "2026)") within it.
std::string years_later(const std::string& text) {
  std::string moved;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_digit(text[end])) ++end;
    const bool is_year = end - i == 4 && (i == 0 || text[i - 1] != '.') && (end == text.size() || text[end] == '-' || text[end] == ')') &&
                         (text.compare(i, 2, "19") == 0 || text.compare(i, 2, "20") == 0);
    moved += is_year ? std::to_string(std::stoi(text.substr(i, 4)) + kYears) : text.substr(i, std::max<std::size_t>(end - i, 1));
    i = std::max(end, i + 1);
  }
  return moved;
}

void move(std::optional<Instant>& instant) {
  if (instant) instant->ms += kDays * kDay;
}

Verdicts moved(Verdicts verdicts) {
  for (auto& [patient, verdict] : verdicts) {
    verdict.as_of = as_of_instant(kDays);
    move(verdict.revisit_at);
    for (eligibility::Verdict& criterion : verdict.criteria) {
      move(criterion.revisit_at);
      criterion.summary = years_later(criterion.summary);
      for (std::string& ask : criterion.ask) ask = years_later(ask);
      for (eligibility::Evidence& item : criterion.evidence) {
        item.time = years_later(item.time);
        item.value = years_later(item.value);
      }
    }
    for (std::string& question : verdict.questions) question = years_later(question);
  }
  return verdicts;
}

std::string moved_by_28_years(const Case& made) {
  const Verdicts base = screen(files_of(made), as_of_instant());
  return difference(moved(base), screen(files_of(made, {.days_later = kDays}), as_of_instant(kDays)));
}

}  // namespace

TEST_CASE("the order of resources and of files changes nothing") {
  check("order", cases(2, 8), in_another_order);
}

TEST_CASE("the order of codings changes nothing") {
  check("codings", cases(1, 8), codings_in_another_order);
}

TEST_CASE("a duplicate changes nothing") {
  check("duplicate", cases(1, 8), with_duplicates);
}

TEST_CASE("an irrelevant resource changes nothing") {
  check("irrelevant", cases(1, 8), with_an_irrelevant_record);
}

TEST_CASE("patients screened in halves are judged as in the whole") {
  check("halves", cases(4, 5), in_halves);
}

TEST_CASE("a shift of everything by 28 years changes only dates") {
  check("shift", cases(1, 8), moved_by_28_years);
}

}  // namespace trialflag::properties
