// What the engine answers: per criterion and per patient (criteria.md section 1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/time.h"
#include "agent/eligibility/text.h"

namespace trialflag::eligibility {

/// Does the statement hold? Strong Kleene.
enum class Truth : std::uint8_t { no, unknown, yes };

enum class Basis : std::uint8_t { evidence, absence, person };

/// Why unknown, in the order in which one wins over another (criteria.md 1.1, 1.2).
enum class Reason : std::uint8_t { none, conflicting, weak_evidence, incomplete_source, judgement, partial, stale, no_data, needs_person };

enum class Kind : std::uint8_t { inclusion, exclusion };
enum class Effect : std::uint8_t { pass, fail, open };

/// criteria.md 1.4, in the order in which one wins.
enum class Status : std::uint8_t { not_a_candidate, not_screened, ineligible, needs_review, potentially_eligible };

std::string_view name_of(Truth truth);
std::string_view name_of(Basis basis);
std::string_view name_of(Reason reason);  ///< empty for none
std::string_view name_of(Kind kind);
std::string_view name_of(Effect effect);
std::string_view name_of(Status status);

/// criteria.md 1.1: does an unknown for this reason put the patient up for review?
bool demotes(Reason reason);
/// criteria.md 1.3.
Effect effect_of(Kind kind, Truth holds);

/// One record that played a part. All text is as recorded; this is patient data: never into a log or a mail.
struct Evidence {
  std::string resource;  ///< "Condition/c1"
  std::string version;   ///< meta.versionId, may be empty
  std::string code;      ///< "system|code" as recorded, or the text
  std::string display;   ///< what the record calls the code, may be empty
  std::string concept_;  ///< name of the concept it was mapped to
  std::string time;      ///< as FHIR writes it, may be empty
  std::string value;     ///< "5 {score}", may be empty
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// What a summary says apart from label and evidence, so that it can be said again in another language.
struct Said {
  Text text = Text::count_;  ///< count_: not known
  double value = 0, low = 0, high = 0;
  std::uint32_t items = 0;  ///< bits, for {items}
  friend bool operator==(const Said&, const Said&) = default;
};

struct Verdict {
  std::string id;  ///< "E6.pregabalin"
  Kind kind = Kind::inclusion;
  Truth holds = Truth::unknown;
  Basis basis = Basis::absence;
  Reason reason = Reason::none;
  Effect effect = Effect::open;
  std::string summary;             ///< for a nurse
  Said said;                       ///< of the summary
  std::vector<Evidence> evidence;  ///< no repeats; in a fixed order
  std::vector<std::string> ask;    ///< what would settle it
  std::optional<Instant> revisit_at;
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Whether some records could make their patient a candidate, by the entry criterion alone.
struct EntryLook {
  bool in_doubt = false;              ///< it holds, or is not surely false
  std::optional<Instant> revisit_at;  ///< when that may change by itself
};

struct PatientVerdict {
  std::string trial, trial_version;
  std::string engine_version, tables_version;
  Instant as_of;
  std::string patient;  ///< "Patient/p1"
  Status status = Status::not_a_candidate;
  std::optional<Instant> revisit_at;
  std::vector<Verdict> criteria;       ///< in the order of the trial file
  std::vector<std::string> questions;  ///< all asks, no repeats, those that can exclude first
  friend bool operator==(const PatientVerdict&, const PatientVerdict&) = default;
};

}  // namespace trialflag::eligibility
