// A patient as the properties make them up: small plain values that are easy to change, and their FHIR form.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fhir/record.h"

namespace trialflag::properties {

/// All times are told from the day of as-of, so that a whole chart can be moved.
struct SketchedTime {
  RecordedTime::Precision precision = RecordedTime::Precision::none;
  int days_ago = 0;      ///< of the site's calendar; negative lies ahead
  int minute = 0;        ///< of the day, for instants
  int offset_hours = 0;  ///< with which an instant is written
};

struct SketchedCoding {
  std::string system, code;
};

struct SketchedConcept {
  std::vector<SketchedCoding> codings;
  std::string text;
  [[nodiscard]] bool empty() const { return codings.empty() && text.empty(); }
};

struct SketchedValue {
  enum class Kind : std::uint8_t { none, quantity, integer, string, answer, date, panel };
  Kind kind = Kind::none;
  std::string number, comparator, unit;  ///< of a string its words; of a panel the systolic value
  std::string diastolic;
  SketchedConcept answer;
  SketchedTime date;
};

/// Another version of the same id; the newest lastUpdated counts.
enum class Twin : std::uint8_t { none, older_sound, newer_in_error };
enum class DrugForm : std::uint8_t { written, contained, referred };

struct Sketch {
  int number = 0;  ///< makes its id
  fhir::ResourceType type = fhir::ResourceType::condition;
  SketchedConcept code, reason, route;
  std::string status, verification, intent, category;
  SketchedTime start, end, recorded;
  SketchedValue value;
  SketchedConcept setting;  ///< of the Encounter in which it happened; empty: none
  DrugForm form = DrugForm::written;
  Twin twin = Twin::none;
};

struct Person {
  std::string name, gender, language;
  SketchedTime birth;
  bool deceased = false;
  std::vector<Sketch> records;
};

struct Resource {
  fhir::ResourceType type;
  std::string json;
};

/// How a chart is written down.
struct Writing {
  int days_later = 0;
  bool codings_turned = false;
};

/// The Patient first, then the records, each with the resources that it refers to.
std::vector<Resource> written(const Person& person, const Writing& writing = {});

/// One resource a line.
std::string ndjson(const std::vector<Resource>& resources);

/// The day of as-of in every property: a day in the middle of nothing, at noon in Shanghai.
Day as_of_day();
Instant as_of_instant(int days_later = 0);

}  // namespace trialflag::properties
