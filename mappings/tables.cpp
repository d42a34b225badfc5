#include "mappings/tables.h"

#include <array>
#include <cstdio>

#include "mappings/code_index.h"
#include "mappings/code_text.h"
#include "mappings/overlay.h"
#include "mappings/rows.h"
#include "mappings/shipped_tables.h"
#include "mappings/text_matcher.h"
#include "mappings/unicode.h"
#include "mappings/units.h"

namespace trialflag::mappings {
namespace {

/// Among the two halves of a pair of codes, the one that says more of a concept.
int weight_of_half(Role role) {
  constexpr std::array<int, 5> kByRole{4, 3, 1, 2, 0};  // include, review, trap, evidence, ignore
  return kByRole[static_cast<std::size_t>(role)];
}

/// Makes of out[first..half) and out[half..) one match per concept.
void merge_halves(std::vector<CodeMatch>& out, std::size_t first, std::size_t half) {
  std::size_t kept = half;
  for (std::size_t i = half; i < out.size(); ++i) {
    bool seen = false;
    for (std::size_t k = first; k < half && !seen; ++k) {
      seen = out[k].concept_ == out[i].concept_;
      if (seen && weight_of_half(out[i].role) > weight_of_half(out[k].role)) out[k] = out[i];
    }
    if (!seen) out[kept++] = out[i];
  }
  out.resize(kept);
}

bool may_read_by_shape(Place place) {
  return place == Place::condition || place == Place::reason;
}

std::string version_of(const Rows& rows) {
  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx", static_cast<unsigned long long>(rows.hash));
  return hex.data();
}

}  // namespace

struct Tables::Impl {
  explicit Impl(std::unique_ptr<Rows> read)
      : owner(std::move(read)), rows(*owner), codes(rows, std::move(owner->code_map)), text(rows), units(rows), version(version_of(rows)) {
    icd10 = rows.systems.keyed("ICD10");
    icd10cn = rows.systems.keyed("ICD10CN");
    icd9 = rows.systems.keyed("ICD9CM");
    icd9_volume3 = rows.systems.keyed("ICD9CN3");
  }

  [[nodiscard]] bool is_icd10(SystemId id) const { return id == icd10 || id == icd10cn; }

  [[nodiscard]] SystemId system_in(std::string_view system, Place place) const {
    const SystemId id = rows.systems.resolve(system);
    return id == icd9 && place == Place::procedure ? icd9_volume3 : id;
  }

  /// True when codes of this system, which the tables do not know, may be read by their ICD-10 shape there.
  [[nodiscard]] bool reads_by_shape(SystemId id, std::string_view code, Place place) const {
    return (!id || !rows.systems.is_canonical(id)) && may_read_by_shape(place) && has_icd10_shape(code);
  }

  void match_icd10(std::string_view code, bool chinese, std::vector<CodeMatch>& out) const {
    if (code.find('/') != std::string_view::npos) return;  // a morphology, not a code of chapter M
    const IcdParts read = read_icd10(code, chinese);
    const std::size_t first = out.size();
    for (std::size_t i = 0; i < read.count; ++i) {
      const std::size_t half = out.size();
      const CodeText& part = read.parts[i];
      codes.match(read.chinese ? icd10cn : icd10, part, half, out);
      if (read.chinese && may_be_plain_icd10(part.view())) codes.match(icd10, part, half, out);
      if (i > 0) merge_halves(out, first, half);
    }
  }

  [[nodiscard]] bool knows_icd10(std::string_view code, bool chinese) const {
    const IcdParts read = read_icd10(code, chinese);
    for (std::size_t i = 0; i < read.count; ++i) {
      const CodeText& part = read.parts[i];
      if (codes.knows(read.chinese ? icd10cn : icd10, part)) return true;
      if (read.chinese && may_be_plain_icd10(part.view()) && codes.knows(icd10, part)) return true;
    }
    return false;
  }

  void match_by_shape(std::string_view code, std::vector<CodeMatch>& out) const {
    const std::size_t first = out.size();
    match_icd10(code, false, out);
    for (std::size_t i = first; i < out.size(); ++i) {
      out[i].by_shape = true;
      if (out[i].role == Role::include) out[i].role = Role::review;
    }
  }

  [[nodiscard]] Origin origin(const RowBase& row) const { return {rows.files[row.file], row.line}; }

  std::unique_ptr<Rows> owner;
  const Rows& rows;
  CodeIndex codes;
  TextMatcher text;
  Units units;
  std::string version;
  SystemId icd10, icd10cn, icd9, icd9_volume3;
};

Tables::Tables(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tables::~Tables() = default;

Result<std::shared_ptr<const Tables>> Tables::load(const std::filesystem::path& shipped, std::span<const std::filesystem::path> overlays,
                                                   std::vector<TableFlaw>& flaws) {
  const std::size_t before = flaws.size();
  auto rows = std::make_unique<Rows>();
  read_shipped(shipped, *rows, flaws);
  if (flaws.size() == before) read_overlays(overlays, *rows, flaws);
  if (flaws.size() != before) {
    const TableFlaw& first = flaws[before];
    return fail(ErrorCode::invalid_config, first.file + ":" + std::to_string(first.line) + ": " + first.problem);
  }
  return std::shared_ptr<const Tables>(new Tables(std::make_unique<Impl>(std::move(rows))));
}

std::optional<ConceptId> Tables::find(std::string_view concept_name) const {
  const auto known = impl_->rows.concept_named(concept_name);
  return known ? std::optional(ConceptId{*known}) : std::nullopt;
}

std::string_view Tables::name(ConceptId id) const {
  return impl_->rows.concepts[id.index].name;
}
std::string_view Tables::label(ConceptId id, std::string_view language) const {
  const Concept& named = impl_->rows.concepts[id.index];
  return language == "zh" ? named.label_zh : language == "de" ? named.label_de : named.label;
}
std::size_t Tables::concept_count() const {
  return impl_->rows.concepts.size();
}
const std::string& Tables::version() const {
  return impl_->version;
}

std::size_t Tables::match_code(std::string_view system, std::string_view code, Place place, std::vector<CodeMatch>& out) const {
  const std::size_t first = out.size();
  const Impl& in = *impl_;
  const SystemId id = in.system_in(system, place);
  if (in.is_icd10(id)) {
    in.match_icd10(code, id == in.icd10cn, out);
  } else if (id) {
    const CodeText text(code, in.rows.systems.form(id));
    in.codes.match(id, text, first, out);
    if (out.size() == first && in.reads_by_shape(id, code, place) && !in.codes.knows(id, text)) in.match_by_shape(code, out);
  } else if (in.reads_by_shape(id, code, place)) {
    in.match_by_shape(code, out);
  }
  return out.size() - first;
}

std::size_t Tables::match_bare_code(std::string_view code, std::vector<CodeMatch>& out) const {
  const std::size_t first = out.size();
  const Impl& in = *impl_;
  for (std::size_t i = 1; i < in.rows.systems.size(); ++i) {
    const SystemId id{static_cast<std::uint16_t>(i)};
    in.codes.match(id, CodeText(code, in.rows.systems.form(id)), first, out);
  }
  return out.size() - first;
}

std::string_view Tables::answer_word(std::string_view text) const {
  constexpr std::size_t kLongest = 64;  // bytes; longer texts are no plain answer
  if (text.empty() || text.size() > kLongest) return {};
  const auto at = impl_->rows.answers.find(folded(text));
  return at == impl_->rows.answers.end() ? std::string_view() : at->second;
}

std::size_t Tables::match_text(std::string_view text, std::vector<TextMatch>& out) const {
  return impl_->text.match(text, out);
}

bool Tables::begins_denied(std::string_view text) const {
  return impl_->text.begins_denied(text);
}

bool Tables::knows(std::string_view system, std::string_view code, Place place) const {
  const Impl& in = *impl_;
  const SystemId id = in.system_in(system, place);
  if (in.is_icd10(id)) return in.knows_icd10(code, id == in.icd10cn);
  if (id && in.codes.knows(id, CodeText(code, in.rows.systems.form(id)))) return true;
  return in.reads_by_shape(id, code, place) && in.knows_icd10(code, false);
}

Attributes Tables::attributes(const CodeMatch& match) const {
  return impl_->rows.attributes[impl_->rows.codes[match.row].attributes];
}
Attributes Tables::attributes(const TextMatch& match) const {
  return impl_->rows.attributes[impl_->rows.terms[match.row].attributes];
}
Origin Tables::origin(const CodeMatch& match) const {
  return impl_->origin(impl_->rows.codes[match.row]);
}
Origin Tables::origin(const TextMatch& match) const {
  return impl_->origin(impl_->rows.terms[match.row]);
}

std::string_view Tables::system_key(std::string_view system) const {
  return impl_->rows.systems.key(impl_->rows.systems.resolve(system));
}

std::string_view Tables::system_uri(std::string_view key) const {
  const SystemId id = impl_->rows.systems.keyed(key);
  return id ? impl_->rows.systems.uri(id) : std::string_view();
}

std::optional<double> Tables::to_canonical(ConceptId id, double value, std::string_view ucum, std::string_view unit,
                                           std::string_view observed_code) const {
  return impl_->units.convert(id.index, value, ucum, unit, observed_code);
}

std::optional<Tables::Range> Tables::plausible(ConceptId id) const {
  const Concept& measured = impl_->rows.concepts[id.index];
  if (!measured.low || !measured.high) return std::nullopt;
  return Range{*measured.low, *measured.high, measured.unit};
}

}  // namespace trialflag::mappings
