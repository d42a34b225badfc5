#include "fhir/client/bulk_lines.h"

#include <zlib.h>

#include <array>
#include <cstdio>
#include <memory>

#include "agent/json/scan.h"

namespace trialflag::fhir {
namespace {

struct Closing {
  void operator()(std::FILE* file) const { std::fclose(file); }  // NOLINT(cppcoreguidelines-owning-memory): the owner's deleter
};

/// The file's bytes unpacked, a piece at a time. Told by its first bytes: some servers call a packed file plain, some a plain one packed.
class Bytes {
 public:
  explicit Bytes(const std::filesystem::path& path) : file_(std::fopen(path.c_str(), "rbe")) {}
  ~Bytes() {
    if (packed_) inflateEnd(&stream_);
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  /// Empty at the end.
  Result<std::string_view> next() {
    if (!file_) return fail(ErrorCode::storage, "a file of the export cannot be read");
    if (first_) return begin();
    return packed_ ? inflate_on() : read_on();
  }

 private:
  Result<std::string_view> read_on() {
    const std::size_t count = std::fread(raw_.data(), 1, raw_.size(), file_.get());
    if (std::ferror(file_.get()) != 0) return fail(ErrorCode::storage, "a file of the export cannot be read");
    return std::string_view(raw_.data(), count);
  }

  Result<std::string_view> begin() {
    first_ = false;
    auto piece = read_on();
    if (!piece || !piece->starts_with("\x1f\x8b")) return piece;
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) return fail(ErrorCode::internal, "cannot prepare to unpack a file");
    packed_ = true;
    give(*piece);
    return inflate_on();
  }

  void give(std::string_view piece) {
    // zlib's interface predates const; it does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream_.avail_in = static_cast<uInt>(piece.size());
  }

  Result<std::string_view> inflate_on() {
    while (true) {
      if (stream_.avail_in == 0) {
        const auto piece = read_on();
        if (!piece) return piece;
        if (piece->empty()) return ended_ ? Result<std::string_view>(std::string_view()) : cut_off();
        give(*piece);
      }
      // Files are sometimes put together of several packed ones.
      if (ended_ && inflateReset(&stream_) != Z_OK) return damaged();
      ended_ = false;
      stream_.next_out = reinterpret_cast<Bytef*>(plain_.data());
      stream_.avail_out = static_cast<uInt>(plain_.size());
      const int state = inflate(&stream_, Z_NO_FLUSH);
      if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return damaged();
      ended_ = state == Z_STREAM_END;
      const std::size_t count = plain_.size() - stream_.avail_out;
      if (count > 0) return std::string_view(plain_.data(), count);
    }
  }

  static Result<std::string_view> cut_off() { return fail(ErrorCode::malformed_data, "the file is cut off"); }
  static Result<std::string_view> damaged() { return fail(ErrorCode::malformed_data, "the file's packing is damaged"); }

  std::unique_ptr<std::FILE, Closing> file_;
  std::array<char, 65536> raw_{}, plain_{};
  z_stream stream_{};
  bool first_ = true, packed_ = false, ended_ = false;
};

std::string_view trimmed(std::string_view line) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!line.empty() && blank(line.back())) line.remove_suffix(1);
  while (!line.empty() && blank(line.front())) line.remove_prefix(1);
  return line;
}

/// Whether it is an object with its closing bracket.
bool is_closed(std::string_view line) {
  json::Members members(line);
  while (members.next()) {
  }
  return members.state() != json::Walk::cut_off;
}

}  // namespace

Result<void> read_lines(const std::filesystem::path& file, const Endpoint::BulkLimits& limits,
                        const std::function<Result<void>(std::string_view)>& take) {
  Bytes bytes(file);
  std::string begun;  // of a line whose end has not come yet
  std::uint64_t total = 0;
  const auto give = [&](std::string_view line) -> Result<void> {
    line = trimmed(line);
    return line.empty() ? Result<void>() : take(line);
  };
  while (true) {
    const auto got = bytes.next();
    if (!got) return tl::unexpected(got.error());
    std::string_view piece = *got;
    if (piece.empty()) break;
    if (total == 0 && piece.starts_with("\xEF\xBB\xBF")) piece.remove_prefix(3);
    total += piece.size();
    if (total > limits.max_file_bytes) return fail(ErrorCode::malformed_data, "the file is too large");
    while (true) {
      const std::size_t end = piece.find('\n');
      if (begun.size() + std::min(end, piece.size()) > limits.max_line_bytes) return fail(ErrorCode::malformed_data, "a line is too long");
      if (end == std::string_view::npos) break;
      if (!begun.empty()) begun.append(piece.substr(0, end));
      if (auto given = give(begun.empty() ? piece.substr(0, end) : begun); !given) return given;
      begun.clear();
      piece.remove_prefix(end + 1);
    }
    begun.append(piece);
  }
  if (!trimmed(begun).empty() && !is_closed(trimmed(begun))) return fail(ErrorCode::malformed_data, "the file is cut off");
  return give(begun);
}

std::string_view type_of_line(std::string_view line) {
  const auto type = json::find_member(line, "resourceType");
  if (!type || !type->whole) return {};
  return json::plain_string(type->text).value_or(std::string_view());
}

Result<std::uint64_t> check_file(const std::filesystem::path& file, const Promised& promised, const Endpoint::BulkLimits& limits) {
  std::uint64_t count = 0;
  const auto read = read_lines(file, limits, [&](std::string_view line) -> Result<void> {
    const std::string_view type = type_of_line(line);
    if (promised.organised && type == "Parameters") return {};
    if (!type.empty() && type != promised.type) {
      const bool outcome = type == "OperationOutcome";
      return fail(ErrorCode::malformed_data,
                  outcome ? "an OperationOutcome stands in the place of records" : "a file holds records of another type");
    }
    ++count;
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  if (promised.count && *promised.count != count)
    return fail(ErrorCode::malformed_data,
                "a file holds " + std::to_string(count) + " records where the manifest promises " + std::to_string(*promised.count));
  return count;
}

}  // namespace trialflag::fhir
