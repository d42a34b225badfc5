#include "tests/properties/sketch.h"

#include <cstdlib>
#include <string_view>

#include "agent/app/record_json.h"

namespace trialflag::properties {
namespace {

using fhir::ResourceType;
using Precision = RecordedTime::Precision;

std::string in_quotes(std::string_view text) {
  std::string json;
  app::append_json_string(json, text);
  return json;
}

// An object that is written member by member; members without content are left out.
class Object {
 public:
  Object& raw(std::string_view name, const std::string& json) {
    if (json.empty()) return *this;
    text_ += (text_.empty() ? "" : ",") + in_quotes(name) + ":" + json;
    return *this;
  }
  Object& text(std::string_view name, const std::string& value) { return value.empty() ? *this : raw(name, in_quotes(value)); }
  Object& list(std::string_view name, const std::string& json) { return json.empty() ? *this : raw(name, "[" + json + "]"); }
  [[nodiscard]] std::string done() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

class Writer {
 public:
  Writer(const Person& person, const Writing& writing) : person_(person), writing_(writing) {}

  std::vector<Resource> operator()() {
    patient();
    for (const Sketch& sketch : person_.records) record(sketch);
    return std::move(resources_);
  }

 private:
  void patient() {
    Object json;
    json.text("resourceType", "Patient").text("id", person_.name).text("gender", person_.gender).text("birthDate", time(person_.birth));
    if (person_.deceased) json.raw("deceasedBoolean", "true");
    if (!person_.language.empty())
      json.raw("communication",
               R"([{"preferred":true,"language":{"coding":[{"system":"urn:ietf:bcp:47","code":)" + in_quotes(person_.language) + "}]}}]");
    resources_.push_back({ResourceType::patient, json.done()});
  }

  void record(const Sketch& sketch) {
    add(sketch, sketch.twin == Twin::newer_in_error ? 2 : 3);
    if (sketch.twin != Twin::none) {
      Sketch other = sketch;
      (other.type == ResourceType::condition || other.type == ResourceType::allergy_intolerance ? other.verification : other.status) =
          sketch.twin == Twin::newer_in_error ? "entered-in-error" : sound_status(sketch.type);
      add(other, sketch.twin == Twin::newer_in_error ? 3 : 2);
    }
    if (sketch.form == DrugForm::referred)
      resources_.push_back(
          {ResourceType::medication,
           Object().text("resourceType", "Medication").text("id", id(sketch) + "-m").raw("code", concept_json(sketch.code)).done()});
    if (!sketch.setting.empty())
      resources_.push_back({ResourceType::encounter, Object()
                                                         .text("resourceType", "Encounter")
                                                         .text("id", id(sketch) + "-e")
                                                         .text("status", "finished")
                                                         .raw("subject", subject())
                                                         .list("reasonCode", concept_json(sketch.setting))
                                                         .raw("period", Object().text("start", time(sketch.start)).done())
                                                         .done()});
  }

  static std::string sound_status(ResourceType type) {
    if (type == ResourceType::condition || type == ResourceType::allergy_intolerance) return "confirmed";
    return type == ResourceType::observation ? "final" : "completed";
  }

  void add(const Sketch& sketch, int version) {
    Object json;
    json.text("resourceType", std::string(name_of(sketch.type))).text("id", id(sketch));
    json.raw("meta", Object()
                         .text("versionId", std::to_string(version))
                         .text("lastUpdated", to_string(as_of_day() + writing_.days_later) + "T0" + std::to_string(version) + ":00:00Z")
                         .done());
    const bool by_patient = sketch.type == ResourceType::allergy_intolerance || sketch.type == ResourceType::consent;
    json.raw(by_patient ? "patient" : "subject", subject());
    if (!sketch.setting.empty())
      json.raw(sketch.type == ResourceType::medication_dispense || sketch.type == ResourceType::medication_statement ||
                       sketch.type == ResourceType::medication_administration
                   ? "context"
                   : "encounter",
               reference("Encounter/" + id(sketch) + "-e"));
    members(sketch, json);
    resources_.push_back({sketch.type, json.done()});
  }

  void members(const Sketch& s, Object& json) {
    switch (s.type) {
      case ResourceType::condition:
      case ResourceType::allergy_intolerance:
        diagnosis(s, json);
        break;
      case ResourceType::observation:
        observation(s, json);
        break;
      case ResourceType::questionnaire_response:
        questionnaire(s, json);
        break;
      case ResourceType::consent:
        consent(s, json);
        break;
      case ResourceType::procedure:
      case ResourceType::service_request:
      case ResourceType::care_plan:
      case ResourceType::encounter:
        act(s, json);
        break;
      default:
        drug(s, json);
    }
  }

  void diagnosis(const Sketch& s, Object& json) {
    const bool allergy = s.type == ResourceType::allergy_intolerance;
    json.raw("clinicalStatus", status_concept(s.status)).raw("verificationStatus", status_concept(s.verification));
    json.raw("code", concept_json(s.code)).text("onsetDateTime", time(s.start)).text("recordedDate", time(s.recorded));
    if (allergy && !s.category.empty()) json.list("category", in_quotes(s.category)).text("type", s.intent);
    if (!allergy) json.text("abatementDateTime", time(s.end));
  }

  void observation(const Sketch& s, Object& json) {
    json.text("status", s.status).raw("code", concept_json(s.code)).text("effectiveDateTime", time(s.start));
    json.text("issued", s.recorded.precision == Precision::instant ? time(s.recorded) : "");
    if (s.value.kind == SketchedValue::Kind::panel)
      json.raw("component", R"([{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":)" +
                                quantity(s.value.number, s.value) +
                                R"(},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":)" +
                                quantity(s.value.diastolic, s.value) + "}]");
    else
      value(s.value, json);
  }

  void value(const SketchedValue& value, Object& json) {
    using Kind = SketchedValue::Kind;
    if (value.kind == Kind::quantity) json.raw("valueQuantity", quantity(value.number, value));
    if (value.kind == Kind::integer) json.raw("valueInteger", value.number.substr(0, value.number.find('.')));
    if (value.kind == Kind::string) json.text("valueString", value.number);
    if (value.kind == Kind::answer) json.raw("valueCodeableConcept", concept_json(value.answer));
    if (value.kind == Kind::date) json.text("valueDateTime", time(value.date));
  }

  static std::string quantity(const std::string& number, const SketchedValue& value) {
    Object json;
    json.raw("value", number).text("comparator", value.comparator).text("unit", value.unit);
    if (!value.unit.empty()) json.text("system", "http://unitsofmeasure.org").text("code", value.unit);
    return json.done();
  }

  void questionnaire(const Sketch& s, Object& json) {
    json.text("status", s.status).text("authored", time(s.start));
    if (s.code.codings.empty()) return;
    const bool yes = s.number % 2 == 0;
    json.raw("item", R"([{"linkId":)" + in_quotes("/" + s.code.codings.front().code) + R"(,"answer":[{"valueBoolean":)" +
                         (yes ? "true" : "false") + "}]}]");
  }

  void consent(const Sketch& s, Object& json) {
    json.text("status", s.status).text("dateTime", time(s.start));
    json.raw("scope", R"({"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"research"}]})");
    json.raw("provision", Object().text("type", s.intent).done());
    if (!s.category.empty()) json.list("identifier", Object().text("value", s.category).done());
  }

  void act(const Sketch& s, Object& json) {
    json.text("status", s.status).list("reasonCode", concept_json(s.reason));
    const std::string period = Object().text("start", time(s.start)).text("end", time(s.end)).done();
    if (s.type == ResourceType::procedure)
      json.raw("code", concept_json(s.code)).text("performedDateTime", time(s.start));
    else if (s.type == ResourceType::service_request)
      json.raw("code", concept_json(s.code)).text("intent", s.intent).text("authoredOn", time(s.start));
    else if (s.type == ResourceType::encounter)
      json.raw("period", period);
    else
      json.text("intent", s.intent)
          .raw("period", period)
          .list("activity", Object().raw("detail", Object().raw("code", concept_json(s.code)).text("status", s.status).done()).done());
  }

  void drug(const Sketch& s, Object& json) {
    json.text("status", s.status).list("reasonCode", concept_json(s.reason));
    if (s.form == DrugForm::written) json.raw("medicationCodeableConcept", concept_json(s.code));
    if (s.form == DrugForm::referred) json.raw("medicationReference", reference("Medication/" + id(s) + "-m"));
    if (s.form == DrugForm::contained)
      json.raw("contained", R"([{"resourceType":"Medication","id":"m","code":)" + concept_json(s.code) + "}]")
          .raw("medicationReference", reference("#m"));
    const std::string dosage = s.route.empty() ? "" : Object().raw("route", concept_json(s.route)).done();
    const std::string period = Object().text("start", time(s.start)).text("end", time(s.end)).done();
    if (s.type == ResourceType::medication_request)
      json.text("intent", s.intent).text("authoredOn", time(s.start)).list("dosageInstruction", dosage);
    if (s.type == ResourceType::medication_request && s.end.precision != Precision::none)
      json.raw("dispenseRequest", Object().raw("validityPeriod", Object().text("end", time(s.end)).done()).done());
    if (s.type == ResourceType::medication_statement)
      json.raw("effectivePeriod", period).text("dateAsserted", time(s.recorded)).list("dosage", dosage);
    if (s.type == ResourceType::medication_administration) json.raw("effectivePeriod", period).raw("dosage", dosage);
    if (s.type == ResourceType::medication_dispense)
      json.text("whenHandedOver", time(s.start)).list("dosageInstruction", dosage).raw("daysSupply", R"({"value":30,"unit":"d"})");
  }

  [[nodiscard]] std::string id(const Sketch& sketch) const { return person_.name + "-" + std::to_string(sketch.number); }
  [[nodiscard]] std::string subject() const { return reference("Patient/" + person_.name); }
  static std::string reference(const std::string& target) { return Object().text("reference", target).done(); }
  static std::string status_concept(const std::string& code) {
    return code.empty() ? "" : R"({"coding":[{"code":)" + in_quotes(code) + "}]}";
  }

  [[nodiscard]] std::string concept_json(const SketchedConcept& concept_) const {
    std::string codings;
    for (const SketchedCoding& coding : concept_.codings) {
      const std::string one = Object().text("system", coding.system).text("code", coding.code).done();
      if (codings.empty())
        codings = one;
      else
        codings = writing_.codings_turned ? one + "," + codings : codings + "," + one;
    }
    return concept_.empty() ? "" : Object().list("coding", codings).text("text", concept_.text).done();
  }

  static std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

  [[nodiscard]] std::string time(const SketchedTime& time) const {
    const std::string day = to_string(as_of_day() - time.days_ago + writing_.days_later);
    switch (time.precision) {
      case Precision::none:
        return "";
      case Precision::year:
        return day.substr(0, 4);
      case Precision::month:
        return day.substr(0, 7);
      case Precision::day:
        return day;
      case Precision::instant:
        break;
    }
    return day + "T" + two_digits(time.minute / 60) + ":" + two_digits(time.minute % 60) + ":00" + (time.offset_hours < 0 ? "-" : "+") +
           two_digits(std::abs(time.offset_hours)) + ":00";
  }

  const Person& person_;
  const Writing& writing_;
  std::vector<Resource> resources_;
};

}  // namespace

std::vector<Resource> written(const Person& person, const Writing& writing) {
  return Writer(person, writing)();
}

std::string ndjson(const std::vector<Resource>& resources) {
  std::string text;
  for (const Resource& resource : resources) text += resource.json + "\n";
  return text;
}

Day as_of_day() {
  return make_day(2026, 11, 22);
}

Instant as_of_instant(int days_later) {
  constexpr std::int64_t kNoonInShanghaiMs = 4 * kHour;
  return {(as_of_day() + days_later).number * kDay + kNoonInShanghaiMs};
}

}  // namespace trialflag::properties
