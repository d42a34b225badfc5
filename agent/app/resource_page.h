// Resources as JSON text → what the cycle is given: decoded, with a fingerprint, flawed ones marked.
#pragma once

#include <deque>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/arena.h"
#include "agent/json/value.h"
#include "agent/screening/ports.h"
#include "fhir/issue.h"

namespace trialflag::app {

/// Collects resources of one type. Views that it gives out live until clear().
class ResourcePage {
 public:
  /// Whether an absolute address is one of the server that is read.
  using IsOurs = std::function<bool(std::string_view address)>;
  /// Without `is_ours`, what the server calls its own address in `full_url` is believed alone.
  /// `addressed`: an entry that gives no address of its own is the server's all the same, as in a search; else it may be of an export,
  /// which tells nobody where it comes from.
  explicit ResourcePage(fhir::ResourceType type, IsOurs is_ours = {}, bool addressed = false)
      : type_(type), is_ours_(std::move(is_ours)), addressed_(addressed) {}

  /// Decodes one resource. One that cannot be parsed, or is of another type, is unreadable: id and subject are what its text still tells.
  void add(std::string_view json, std::string_view full_url);
  [[nodiscard]] const std::vector<screening::Touched>& items() const { return items_; }
  /// So far, whatever was cleared: one bore a meta.lastUpdated that cannot be read, and counts as bearing none.
  [[nodiscard]] bool met_unreadable_time() const { return met_unreadable_time_; }
  void clear();

 private:
  void add_broken(std::string_view json, std::string_view full_url, std::string_view reason, screening::Touched& touched);
  /// A sound record that names no patient by an id: whether it is of nobody, or of somebody. One that names an id of another server may be
  /// another person's: whoever bears that id here is read again, and the server's own search says whether it is theirs.
  void judge_subject(screening::Touched& touched, std::string_view json);
  [[nodiscard]] bool is_elsewhere(const fhir::Record& record) const;
  /// Keeps why it is not readable, and as much of its text as is worth keeping.
  void set_aside(screening::Touched& touched, std::string_view reason, std::string_view json);

  fhir::ResourceType type_;
  IsOurs is_ours_;
  bool addressed_;
  bool met_unreadable_time_ = false;
  Arena arena_;
  json::Document document_;
  std::deque<fhir::Record> records_;
  std::deque<fhir::Patient> patients_;
  std::vector<screening::Touched> items_;
};

/// The id that a damaged resource still tells, itself or by the address of its entry; empty when none.
std::string told_id(fhir::ResourceType type, std::string_view json, std::string_view full_url);

/// Whether a resource was given in part only (tag SUBSETTED): it tells less than there is, and must not take the place of the whole.
bool is_subset(const json::Value& resource);

/// meta.lastUpdated as an instant, where it is one.
std::optional<Instant> instant_of(const RecordedTime& time);

/// The first error of them: the element's path and the problem, without any value.
std::string reason_of(const fhir::Issues& issues);

}  // namespace trialflag::app
