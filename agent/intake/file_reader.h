// Cuts one input into resources and Bundle entries as it streams by, holding one of them at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/intake/byte_source.h"
#include "agent/intake/input_files.h"

namespace trialflag::intake {

/// A piece of the input and where it stood. The text is valid during the call that hands it over.
struct Piece {
  std::string_view text;
  std::uint64_t offset = 0;  ///< into the file, after any inflating
  std::uint32_t line = 0;    ///< NDJSON
  std::int64_t entry = -1;   ///< Bundle
};

/// What a Bundle says of itself beside its entries.
struct BundleHeader {
  std::string resource_type, type;
  std::vector<std::string> self, next;  ///< Bundle.link urls of these relations
};

/// Who takes the pieces.
class PieceSink {
 public:
  virtual ~PieceSink() = default;
  /// One resource, a Bundle on one line included, not yet parsed.
  virtual void resource(const Piece& piece) = 0;
  virtual void bundle_begins(const Piece& place) = 0;
  /// The text of one Bundle.entry. `whole`: false when the input ends within it.
  virtual void entry(const Piece& piece, bool whole) = 0;
  virtual void bundle_ends(const BundleHeader& header) = 0;
  /// From here to the end nothing of the file, or of the Bundle on this line, could be read; `rest` is what there is of the piece at hand.
  virtual void lost(const Piece& rest, std::string_view problem) = 0;
  /// The file held nothing at all.
  virtual void nothing() = 0;
};

/// A resource whose text exceeds this is lost: memory is bounded by the largest one.
inline constexpr std::size_t kMaxResourceBytes = std::size_t{256} << 20;

/// Reads `source` to its end.
void read_pieces(ByteSource& source, Format format, PieceSink& sink);

/// Cuts a Bundle that is already in memory, for a Bundle on one line or within another.
void cut_bundle(const Piece& bundle, PieceSink& sink);

}  // namespace trialflag::intake
