// Reads one type of a server for one cycle: by its plan, and by the next one where the server shows that this one will not do.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/patient_search.h"
#include "agent/app/plan.h"
#include "agent/screening/ports.h"

namespace trialflag::app {

/// How an error of the client counts. `is_listed`: the CapabilityStatement names the type.
screening::TypeOutcome outcome_of(const Error& error, bool is_listed);

/// For one type and one call of read().
class TypeReader {
 public:
  using OnPage = screening::PatientSource::OnPage;
  using OnPart = screening::PatientSource::OnPart;

  /// As SourceMemory::whom. Empty: nobody is known whom a server could be asked for one by one.
  using Whom = std::function<Result<std::vector<std::string>>(fhir::ResourceType)>;

  /// `allowance` is for the whole reading and may be null. All that is given by address outlives the reader.
  TypeReader(fhir::Client& client, const fhir::Capability* capability, Whom whom, fhir::ResourceType type,
             fhir::Allowance* allowance = nullptr);

  /// Where on_page() only begins to take in what it is given: waits until the last is taken in, and returns what came of it.
  using Settle = std::function<Result<void>()>;

  /// As PatientSource::changed. `learnt` is what is known of the type, before and after. What on_page() is given stays until it is called
  /// again and has returned; `settle`, where there is one, is called before what was given last goes.
  Result<screening::TypeOutcome> read(std::optional<Instant> since, const OnPage& on_page, Learnt& learnt, const OnPart& on_part = {},
                                      const Settle& settle = {});

  /// The server names no next pages (SearchEnd::unlinked).
  [[nodiscard]] bool unlinked() const { return unlinked_; }
  /// Some record bore a meta.lastUpdated that cannot be read.
  [[nodiscard]] bool met_unreadable_time() const { return met_unreadable_time_; }
  /// Ids that a reading of the history showed as deleted.
  [[nodiscard]] std::optional<std::vector<std::string>> deleted() const { return deleted_; }

 private:
  class Pages;
  using Search = std::vector<fhir::Parameter>;

  Result<screening::TypeOutcome> read_type(std::optional<Instant> since, Pages& pages, Learnt& learnt);
  void attempt(const Plan& plan, const Learnt& learnt, std::optional<Instant> since, Pages& pages);
  /// One question, with the bound where there is one. False when it failed: then outcome and `shown_` say how.
  bool ask(const Search& about, std::optional<Instant> since, const Learnt& learnt, Pages& pages);
  std::optional<fhir::SearchEnd> search(const Search& question, Pages& pages);
  /// P05: the search since then, in halves.
  std::optional<fhir::SearchEnd> search_in_halves(const Search& about, std::optional<Instant> since, const Learnt& learnt, Pages& pages);
  bool judge(const fhir::SearchEnd& end);
  void follow_history(Instant since, Pages& pages);
  void ask_each(const Learnt& learnt, std::optional<Instant> since, Pages& pages);
  bool read_each(const std::string& ids, Pages& pages);
  void fail_with(const Error& error);
  [[nodiscard]] std::vector<Search> questions(const std::vector<std::string>& ids) const;

  fhir::Client& client_;
  const fhir::Capability::Type* listed_;
  const std::optional<Instant> greeted_;  ///< the server's own time
  const Whom whom_;
  fhir::Allowance* allowance_;
  const fhir::ResourceType type_;
  const std::string name_;
  screening::TypeOutcome outcome_;
  Shown shown_;
  OnPart on_part_;        ///< empty where a part says nothing of the whole
  bool by_time_ = false;  ///< the plan goes by _lastUpdated
  PatientWords words_;
  bool nobody_known_ = false;  ///< whom a server could be asked for one by one
  bool unlinked_ = false, met_unreadable_time_ = false;
  bool in_parts_ = false;  ///< it answers in parts alone
  std::optional<std::vector<std::string>> deleted_;
};

}  // namespace trialflag::app
