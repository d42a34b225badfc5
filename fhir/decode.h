// JSON text of one FHIR R4 resource → Record or Patient. No network, no files; flaws become issues, nothing throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/base/arena.h"
#include "agent/base/result.h"
#include "agent/json/value.h"
#include "fhir/issue.h"
#include "fhir/record.h"

namespace trialflag::fhir {

/// A FHIR date, dateTime or instant. nullopt when it is none (then an issue is due).
/// A dateTime with a time but no zone is read as its date. Seconds may be missing; 24:00 and day 0 are refused.
std::optional<RecordedTime> parse_time(std::string_view text);

/// An instant with its zone. nullopt for a date, or a time without a zone, which may be any of a day's.
std::optional<Instant> exact_instant(std::string_view text);

/// Decodes a Patient. Never fails: an element that cannot be read is a missing one and an issue (criteria.md 2.2).
Patient decode_patient(const json::Value& resource, Arena& arena, Issues& issues);

/// Decodes any other type of ResourceType that carries facts. On an issue of severity error the record must be quarantined; its id, type
/// and subject are still filled where they could be read. A resource without any subject is an error too, but for types that R4 lets have
/// none. `full_url` is Bundle.entry.fullUrl or empty.
Record decode_record(const json::Value& resource, std::string_view full_url, Arena& arena, Issues& issues);

/// Whether the resource says at all whose it is, readable or not.
bool has_subject(const json::Value& resource);

/// Looks at a resource as a whole for shapes that R4 does not have (DSTU2, STU3, R5): the version's name ("DSTU2", "STU3", "R5") or
/// nullopt. Only sure tell-tales count: a wrong guess would refuse a hospital's good data. A type that R4 does not have is not judged
/// (MedicationOrder is quarantined, criteria.md 2.2), save a Conformance statement's fhirVersion.
std::optional<std::string_view> foreign_version(const json::Value& resource);

/// The type and logical id that a reference names ("Patient/p1/_history/3", "https://h/fhir/Patient/p1" → Patient, p1).
struct Target {
  std::string_view type, id;
};
/// nullopt for "#x", "urn:…", and whatever does not end in Type/id.
std::optional<Target> target_of(std::string_view reference);

/// Whether a reference is an address on another server than the one that the resource holding it is addressed on. An id says nothing then.
/// false where either address does not name a server.
bool is_elsewhere(std::string_view reference, std::string_view full_url);

}  // namespace trialflag::fhir
