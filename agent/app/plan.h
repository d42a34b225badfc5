// How each resource type of a server is followed, and why: a function of what the server says of itself (CapabilityStatement) and of what
// it has shown (`Learnt`). The agent polls by it, and `trialflag doctor` tells it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "fhir/client/allowance.h"
#include "fhir/client/client.h"
#include "fhir/record.h"

namespace trialflag::app {

/// What is told of a server whose reports are not read (members.h).
inline constexpr const char* kNoReports = "Observations that only a report names are not seen";

/// What a server has shown of one type by its answers. Believed for a day, or until the server's software changes; `untold` until it is
/// told.
struct Learnt {
  bool ignores_updated = false;   ///< P09: `_lastUpdated` is not applied
  bool applies_silently = false;  ///< `_lastUpdated` is applied, although the self link does not show it
  bool refuses_updated = false;   ///< a search with `_lastUpdated` is refused, the same without it is answered
  bool refuses_history = false;   ///< no history of the type, or none that can be used
  bool needs_patient = false;     ///< P17: only searches for one patient are answered
  bool undated = false;           ///< its records bear no meta.lastUpdated
  bool absent = false;            ///< P18: 404, and not in the CapabilityStatement
  int slow = 0;             ///< R03: it did not answer in its time, or took more of it than others; above 1: to have twice the time, …
  bool by_subject = false;  ///< one patient is asked for by subject=Patient/ID, for `patient` is not taken
  bool by_bare_subject = false;  ///< by subject=ID
  bool refuses_ids = false;      ///< a list of ids is refused, or not applied: each is read by itself
  std::int64_t untold = 0;  ///< ms: from then on the history that the server lists could not be had, so that it told no deletions; 0: none
  bool hides_patient = false;  ///< the self link shows neither `patient` nor `subject`: nothing tells which is applied
  friend bool operator==(const Learnt&, const Learnt&) = default;
};

enum class Mode : std::uint8_t {
  last_updated,  ///< one search for all that changed since
  history,       ///< the type's history since
  full,          ///< one search for all there is, each time
  per_patient,   ///< a search for each patient (for Patient and Medication: for known ids, some at a time)
  none           ///< the server keeps no such records
};
std::string_view name_of(Mode mode);

/// The server understood the question and will not answer it. 405: no search of this kind.
bool refuses_question(int status);
/// How a type's records of one patient are asked for.
enum class PatientForm : std::uint8_t { patient, subject, bare_subject };
/// By what the server has shown, else by what it lists.
PatientForm patient_form(const fhir::Capability::Type* listed, const Learnt& learnt);

struct Plan {
  Mode mode = Mode::last_updated;
  bool since = true;       ///< searches name the moment since when
  bool deletions = false;  ///< the type's history tells them; else reconciliation finds them
  std::string why;         ///< for an operator
  PatientForm form = PatientForm::patient;
};

/// How long the type may keep the others waiting in one pass; `at_first` is what a silent one may.
fhir::Allowance allowance_of(const Learnt& learnt, std::chrono::milliseconds at_first);
/// `Learnt::slow` after a pass that `used` it.
int slowness_after(const Learnt& before, const fhir::Allowance& used);

/// `listed`: the type's entry in the CapabilityStatement; null when it has none.
Plan plan_of(const fhir::Capability::Type* listed, fhir::ResourceType type, const Learnt& learnt);

/// What one attempt by a plan has shown.
struct Shown {
  fhir::Refusal refusal;  ///< of the first page
  ErrorCode error = ErrorCode::internal;
  bool failed = false;   ///< `error` says how
  bool ignored = false;  ///< `_lastUpdated` does not show in the self link
  bool older = false;    ///< records older than asked for were given
  std::size_t found = 0, dated = 0;
  /// Where the self link leaves it open: the same search without `_lastUpdated` found so many.
  std::size_t found_without = 0;
  bool asked_without = false;
};

/// What is known after it. The plan by it differs from the one before only where another way is worth trying.
Learnt learn(const Learnt& before, const fhir::Capability::Type* listed, const Plan& plan, const Shown& shown);

/// All that was learnt of a server, as it is kept: of which software, since when, and what of each type.
struct Lore {
  std::string software;
  Instant at;
  std::map<fhir::ResourceType, Learnt> types;

  [[nodiscard]] std::string to_text() const;
  /// What cannot be read counts as nothing learnt.
  static Lore from_text(std::string_view text);
};

}  // namespace trialflag::app
