// Takes the pieces of the input as they stream by and fills the Index: nothing is decoded here, and what cannot be filed is quarantined.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/arena.h"
#include "agent/intake/file_reader.h"
#include "agent/intake/index.h"
#include "agent/intake/probe.h"
#include "agent/intake/report.h"
#include "agent/json/value.h"

namespace trialflag::intake {

/// Bytes of the input that were read so far.
using Progress = std::function<void(std::uint64_t bytes)>;

class Indexer final : public PieceSink {
 public:
  Indexer(Index& index, Report& report, const Progress& progress) : index_(index), report_(report), progress_(progress) {}

  /// Reads one file of index.files whole. Fails with storage alone; everything else is the file's own matter and is reported.
  Result<void> read(std::uint32_t file);

  void resource(const Piece& piece) override;
  void bundle_begins(const Piece& place) override;
  void entry(const Piece& piece, bool whole) override;
  void bundle_ends(const BundleHeader& header) override;
  void lost(const Piece& rest, std::string_view problem) override;
  void nothing() override;

 private:
  // A Bundle that is being read; they may nest.
  struct Frame {
    std::uint32_t bundle = kNone;
    std::size_t first_item = 0, first_loss = 0;
    std::unordered_map<std::uint32_t, std::uint32_t> aliases;  // a Patient entry's fullUrl → the name it is filed under
  };
  // A resource, its text within the piece that brought it, and what is known of it.
  struct Found {
    const Piece& piece;
    std::string_view text;
    std::string_view full_url;
    Probe probe;
    fhir::ResourceType type = fhir::ResourceType::other;
  };
  struct Said {
    bool quarantined;
    Place place;
    std::string subject, problem;
  };

  void take(Found found);
  void take_patient(const Found& found);
  void take_record(const Found& found);
  void take_orphan(const Found& found);
  void take_outcome(const Found& found);
  void take_nested(const Found& found);
  void take_deletion(const Piece& piece, std::string_view entry);
  void take_response(std::string_view response, const Piece& piece);
  void take_version(const Found& found);
  void file_away(const Found& found, Item item);
  void refuse(const Found& found);
  void damaged(const Found& found, std::string_view problem);
  void lose(const Found& found, screening::TypeSet types);
  void sample_version(const Found& found);
  void judge_version();
  void resolve_in(Frame& frame);
  void tell_gap(const Piece& piece);

  [[nodiscard]] File& file() { return index_.files[file_]; }
  [[nodiscard]] std::uint32_t bundle() const { return frames_.empty() ? kNone : frames_.back().bundle; }
  [[nodiscard]] Place place_of(const Piece& piece);
  std::uint32_t subject_name(std::string_view reference);
  void say(bool quarantined, const Piece& piece, std::string subject, std::string problem);
  void flush();

  Index& index_;
  Report& report_;
  const Progress& progress_;
  std::uint32_t file_ = 0;
  ByteSource* source_ = nullptr;
  bool spooled_ = false;
  std::vector<Frame> frames_;
  std::vector<Said> said_;  // held back until the file is known to be R4
  std::uint8_t sampled_[32] = {}, foreign_[32] = {};
  screening::TypeSet seen_;  // types of the file at hand
  std::string foreign_name_;
  std::string declared_;  // a version that the file states outright
  json::Document document_;
  Arena arena_;
  Result<void> failure_;
  std::uint64_t pieces_ = 0, bytes_before_ = 0;
};

}  // namespace trialflag::intake
