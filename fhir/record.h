// What trialflag keeps of a FHIR R4 resource: the elements that screening reads, as recorded, before any code is mapped.
// All views and spans point into the Arena that the decoder was given; every struct is trivially destructible.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "agent/base/time.h"

namespace trialflag::fhir {

/// The types that are decoded. Everything else is `other` and is skipped before parsing.
enum class ResourceType : std::uint8_t {
  other,
  patient,
  condition,
  observation,
  medication_request,
  medication_statement,
  medication_dispense,
  medication_administration,
  medication,
  allergy_intolerance,
  procedure,
  service_request,
  care_plan,
  encounter,
  consent,
  questionnaire_response,
  operation_outcome,
  bundle,
  diagnostic_report  ///< asked for by the live agent alone, for what it names; no chart holds one, and resource_type() does not know it
};

/// "MedicationRequest" → medication_request; also the old names that criteria.md 2.2 lets count
/// (MedicationOrder; ProcedureRequest, ReferralRequest, DiagnosticOrder); anything else → other.
ResourceType resource_type(std::string_view name);
/// The same, and DiagnosticReport: for what name_of() wrote.
ResourceType asked_type(std::string_view name);
std::string_view name_of(ResourceType type);  ///< R4's name; empty for other
/// One of the 146 resource types of FHIR R4 (4.0.1). The old names that resource_type() lets count are none.
bool is_r4_type(std::string_view name);

struct Coding {
  std::string_view system, code, display;
  /// Without a code or a name of it: a system alone says nothing.
  [[nodiscard]] bool empty() const { return code.empty() && display.empty(); }
};

struct CodeableConcept {
  std::span<const Coding> codings;
  std::string_view text;
  [[nodiscard]] bool empty() const { return codings.empty() && text.empty(); }
};

/// `target` as recorded (relative, absolute, versioned, urn:uuid:, #contained); `display` beside it.
struct Reference {
  std::string_view target, display;
  [[nodiscard]] bool empty() const { return target.empty() && display.empty(); }
};

enum class Comparator : std::uint8_t { none, less, less_equal, greater_equal, greater, unknown };  ///< unknown: none of R4's

struct Quantity {
  std::optional<double> value;
  Comparator comparator = Comparator::none;
  std::string_view unit, system, code;
};

/// Observation.value[x], component.value[x], QuestionnaireResponse answer.value[x].
struct Value {
  enum class Kind : std::uint8_t { none, quantity, concept_, string, boolean, integer, time, range, other };
  Kind kind = Kind::none;
  Quantity quantity;         ///< quantity; for range: `quantity` is low
  Quantity high;             ///< range
  CodeableConcept concept_;  ///< concept_ (valueCodeableConcept; an answer's valueCoding is one coding)
  std::string_view string;
  bool boolean = false;
  double integer = 0;  ///< valueInteger, and an answer's valueDecimal
  RecordedTime time;   ///< valueDateTime, valueDate; for valuePeriod its start
};

/// Observation.component, and a questionnaire's item (code = its linkId and definition, see Item).
struct Component {
  CodeableConcept code;
  Value value;
};

/// One answered item of a QuestionnaireResponse, whatever its depth.
struct Item {
  std::string_view link_id, definition, text;
  Value value;
};

/// A medication, or a Substance that one is made of: contained, or a Medication resource of its own (then `id` is its logical id, or
/// fullUrl).
struct Drug {
  std::string_view id;
  CodeableConcept code;
  std::span<const CodeableConcept> ingredients;
  std::span<const Reference> ingredient_refs;
};

/// A CarePlan activity.
struct Activity {
  CodeableConcept code;
  std::string_view status;
  Reference reference;
};

/// One resource. Which element fills which member is stated per type; members that a type lacks stay empty.
struct Record {
  ResourceType type = ResourceType::other;
  std::string_view id;        ///< logical id
  std::string_view full_url;  ///< Bundle.entry.fullUrl where there was one
  std::string_view version;   ///< meta.versionId
  RecordedTime updated;       ///< meta.lastUpdated
  Reference subject;          ///< subject or patient
  Reference encounter;        ///< encounter or context

  std::string_view status;              ///< status; Condition, AllergyIntolerance: the clinicalStatus code; Encounter, Consent: status
  std::string_view verification;        ///< Condition, AllergyIntolerance: verificationStatus code
  std::string_view intent;              ///< MedicationRequest, ServiceRequest, CarePlan
  bool clinical_status_unread = false;  ///< clinicalStatus or verificationStatus present but without a usable code
  bool do_not_perform = false;

  CodeableConcept code;                   ///< code; drugs: medicationCodeableConcept; Consent: scope; Encounter: serviceType
  Reference medication;                   ///< drugs: medicationReference
  std::span<const Drug> contained_drugs;  ///< contained Medications and Substances; Medication: first the resource itself
  std::span<const CodeableConcept>
      reasons;  ///< reasonCode, and the codes of contained Conditions that reasonReference or an Encounter's diagnosis names
  std::span<const Reference> reason_refs;  ///< reasonReference
  std::span<const CodeableConcept>
      categories;                           ///< Encounter: type; Procedure: category (that of other types decides nothing and is not read)
  std::span<const CodeableConcept> routes;  ///< dosage[].route, dosageInstruction[].route
  std::span<const CodeableConcept> substances;       ///< AllergyIntolerance.reaction[].substance
  std::span<const Reference> part_of;                ///< partOf; Encounter.diagnosis[].condition
  std::span<const CodeableConcept> interpretations;  ///< Observation.interpretation
  std::span<const Component> components;             ///< Observation.component
  std::span<const Item> items;                       ///< QuestionnaireResponse
  std::span<const Activity> activities;              ///< CarePlan
  Value value;                                       ///< Observation
  std::string_view allergy_type;                     ///< AllergyIntolerance.type
  std::span<const std::string_view> allergy_categories;

  RecordedTime start;     ///< onset, effective (start), authoredOn, whenHandedOver (else whenPrepared), performed (start), period (start),
                          ///< authored, dateTime
  RecordedTime end;       ///< abatement, effective/performed/period end
  RecordedTime recorded;  ///< recordedDate, issued, dateAsserted
  bool start_is_period = false;       ///< start and end come from one Period
  bool abated = false;                ///< Condition: any abatement[x] present, also one without a date (abatementBoolean/String/Age…)
  RecordedTime supply_end;            ///< validityPeriod.end or dosage boundsPeriod.end, the latest
  std::optional<double> supply_days;  ///< dispense daysSupply, request expectedSupplyDuration, in days

  // Consent
  std::string_view provision_type;  ///< provision.type
  bool nested_provisions = false;   ///< provision.provision[] has any entry
  bool nested_permit = false;       ///< … one of type permit, at any depth
  std::span<const std::string_view>
      study_texts;  ///< identifier values, policy.uri/authority, policyRule, provision.data, sourceReference: where a study may be named
};

/// Patient.communication
struct Communication {
  CodeableConcept language;
  bool preferred = false;
};

struct PatientLink {
  Reference other;
  std::string_view type;  ///< replaced-by, replaces, refer, seealso
};

struct Patient {
  std::string_view id, full_url, version;
  RecordedTime updated;
  RecordedTime birth_date;
  std::string_view gender;
  bool deceased = false;     ///< deceasedBoolean true, or any deceasedDateTime
  RecordedTime deceased_on;  ///< deceasedDateTime
  std::optional<bool> active;
  std::span<const Communication> communications;
  std::span<const PatientLink> links;
};

}  // namespace trialflag::fhir
