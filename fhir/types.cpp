// The names of resource types.
#include <algorithm>
#include <array>
#include <utility>

#include "fhir/record.h"

namespace trialflag::fhir {
namespace {

constexpr std::array<std::pair<std::string_view, ResourceType>, 17> kDecoded = {{
    {"Patient", ResourceType::patient},
    {"Condition", ResourceType::condition},
    {"Observation", ResourceType::observation},
    {"MedicationRequest", ResourceType::medication_request},
    {"MedicationStatement", ResourceType::medication_statement},
    {"MedicationDispense", ResourceType::medication_dispense},
    {"MedicationAdministration", ResourceType::medication_administration},
    {"Medication", ResourceType::medication},
    {"AllergyIntolerance", ResourceType::allergy_intolerance},
    {"Procedure", ResourceType::procedure},
    {"ServiceRequest", ResourceType::service_request},
    {"CarePlan", ResourceType::care_plan},
    {"Encounter", ResourceType::encounter},
    {"Consent", ResourceType::consent},
    {"QuestionnaireResponse", ResourceType::questionnaire_response},
    {"OperationOutcome", ResourceType::operation_outcome},
    {"Bundle", ResourceType::bundle},
}};

static_assert(
    [] {
      for (std::size_t i = 0; i < kDecoded.size(); ++i)
        if (static_cast<std::size_t>(kDecoded[i].second) != i + 1) return false;
      return true;
    }(),
    "name_of() takes the number of a type for its place");

constexpr std::string_view kReport = "DiagnosticReport";

constexpr std::array<std::pair<std::string_view, ResourceType>, 4> kFormer = {{
    {"MedicationOrder", ResourceType::medication_request},
    {"ProcedureRequest", ResourceType::service_request},
    {"ReferralRequest", ResourceType::service_request},
    {"DiagnosticOrder", ResourceType::service_request},
}};

// FHIR R4 (4.0.1), all of http://hl7.org/fhir/R4/resourcelist.html; sorted.
constexpr std::string_view kR4[] = {
    "Account",
    "ActivityDefinition",
    "AdverseEvent",
    "AllergyIntolerance",
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Basic",
    "Binary",
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "Bundle",
    "CapabilityStatement",
    "CarePlan",
    "CareTeam",
    "CatalogEntry",
    "ChargeItem",
    "ChargeItemDefinition",
    "Claim",
    "ClaimResponse",
    "ClinicalImpression",
    "CodeSystem",
    "Communication",
    "CommunicationRequest",
    "CompartmentDefinition",
    "Composition",
    "ConceptMap",
    "Condition",
    "Consent",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DetectedIssue",
    "Device",
    "DeviceDefinition",
    "DeviceMetric",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "EffectEvidenceSynthesis",
    "Encounter",
    "Endpoint",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "EpisodeOfCare",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "GraphDefinition",
    "Group",
    "GuidanceResponse",
    "HealthcareService",
    "ImagingStudy",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "ImplementationGuide",
    "InsurancePlan",
    "Invoice",
    "Library",
    "Linkage",
    "List",
    "Location",
    "Measure",
    "MeasureReport",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationKnowledge",
    "MedicationRequest",
    "MedicationStatement",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "MessageHeader",
    "MolecularSequence",
    "NamingSystem",
    "NutritionOrder",
    "Observation",
    "ObservationDefinition",
    "OperationDefinition",
    "OperationOutcome",
    "Organization",
    "OrganizationAffiliation",
    "Parameters",
    "Patient",
    "PaymentNotice",
    "PaymentReconciliation",
    "Person",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "ResearchSubject",
    "RiskAssessment",
    "RiskEvidenceSynthesis",
    "Schedule",
    "SearchParameter",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Subscription",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "TerminologyCapabilities",
    "TestReport",
    "TestScript",
    "ValueSet",
    "VerificationResult",
    "VisionPrescription",
};
static_assert(std::size(kR4) == 146);
static_assert(std::is_sorted(std::begin(kR4), std::end(kR4)));

}  // namespace

ResourceType resource_type(std::string_view name) {
  for (const auto& [known, type] : kDecoded)
    if (known == name) return type;
  for (const auto& [known, type] : kFormer)
    if (known == name) return type;
  return ResourceType::other;
}

ResourceType asked_type(std::string_view name) {
  return name == kReport ? ResourceType::diagnostic_report : resource_type(name);
}

std::string_view name_of(ResourceType type) {
  if (type == ResourceType::diagnostic_report) return kReport;
  return type == ResourceType::other ? std::string_view() : kDecoded[static_cast<std::size_t>(type) - 1].first;
}

bool is_r4_type(std::string_view name) {
  if (name_of(resource_type(name)) == name) return !name.empty();
  return std::binary_search(std::begin(kR4), std::end(kR4), name);
}

}  // namespace trialflag::fhir
