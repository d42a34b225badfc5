#include "agent/screening/chart_blob.h"

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <type_traits>
#include <utility>

#include "agent/base/bytes.h"
#include "agent/base/uuid.h"
#include "agent/screening/chart_layout.h"

namespace trialflag::screening {
namespace {

template <typename T>
constexpr const T* kTag = nullptr;

struct AnyVisit {
  void operator()(const auto&...) const {}
};
template <typename T>
concept Listed = requires(AnyVisit visit, const T& item) {
  list(visit, item, kTag<T>);
};

// ------------------------------------------------------------------------------------------------------------ emptiness

bool is_empty(std::string_view text) {
  return text.empty();
}
bool is_empty(bool flag) {
  return !flag;
}
bool is_empty(double number) {
  return std::bit_cast<std::uint64_t>(number) == 0;
}
bool is_empty(const RecordedTime& time) {
  return !time.known();
}
template <typename T>
bool is_empty(const std::optional<T>& value) {
  return !value;
}
template <typename T>
bool is_empty(std::span<const T> items) {
  return items.empty();
}
template <typename T>
requires std::is_enum_v<T>
bool is_empty(T value) {
  return static_cast<unsigned>(value) == 0;
}
template <Listed T>
bool is_empty(const T& item) {
  bool empty = true;
  auto visit = [&](const auto&... members) { empty = (is_empty(members) && ...); };
  list(visit, item, kTag<T>);
  return empty;
}

// -------------------------------------------------------------------------------------------------------------- writing

/// The texts of a chart, each once, and their numbers.
class Texts {
 public:
  std::size_t number(std::string_view text) {
    if (texts_.size() * 2 >= places_.size()) grow();
    std::uint32_t& place = place_of(text);
    if (place == 0) {
      texts_.push_back(text);
      place = static_cast<std::uint32_t>(texts_.size());
    }
    return place - 1;
  }
  [[nodiscard]] const std::vector<std::string_view>& all() const { return texts_; }

 private:
  /// The place of a text, or the free one that it would take.
  std::uint32_t& place_of(std::string_view text) {
    std::size_t at = hash_bytes(text) & (places_.size() - 1);
    while (places_[at] != 0 && !same_bytes(texts_[places_[at] - 1], text)) at = (at + 1) & (places_.size() - 1);
    return places_[at];
  }
  void grow() {
    constexpr std::size_t kFirst = 1024;
    places_.assign(places_.empty() ? kFirst : places_.size() * 2, 0);
    for (std::size_t i = 0; i < texts_.size(); ++i) place_of(texts_[i]) = static_cast<std::uint32_t>(i + 1);
  }

  std::vector<std::string_view> texts_;
  std::vector<std::uint32_t> places_;  // numbers from 1; 0 is free; a power of two, at most half full
};

void append_bytes(const Uuid& uuid, std::string& to) {
  to.append(reinterpret_cast<const char*>(uuid.data()), uuid.size());
}

TextForm append_text(std::string_view text, std::string& to) {
  if (const auto uuid = uuid_bytes(text)) {
    append_bytes(*uuid, to);
    return TextForm::uuid;
  }
  const std::size_t slash = text.find('/');
  const auto uuid = slash == std::string_view::npos ? std::nullopt : uuid_bytes(text.substr(slash + 1));
  const fhir::ResourceType type = uuid ? fhir::resource_type(text.substr(0, slash)) : fhir::ResourceType::other;
  if (type != fhir::ResourceType::other) {
    to.push_back(static_cast<char>(type));
    append_bytes(*uuid, to);
    return TextForm::reference;
  }
  to.append(text);
  return TextForm::plain;
}

class BlobWriter {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) body_.push_back(static_cast<char>(value | 0x80));
    body_.push_back(static_cast<char>(value));
  }
  void put(std::string_view text) { number(texts_.number(text)); }
  void put(bool) {}  // its bit in the mask says it all
  void put(double value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    body_.append(bytes, sizeof bytes);
  }
  void put(const RecordedTime& time) {
    number(static_cast<unsigned>(time.precision));
    if (time.precision == RecordedTime::Precision::instant) return signed_number(time.instant.ms);
    signed_number(time.first.number);
    signed_number(time.last - time.first);
  }
  template <typename T>
  void put(const std::optional<T>& value) {
    if constexpr (std::is_same_v<T, bool>) {
      number(*value ? 1 : 0);
    } else {
      put(*value);
    }
  }
  template <typename T>
  void put(std::span<const T> items) {
    number(items.size());
    for (const T& item : items) put(item);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void put(T value) { number(static_cast<unsigned>(value)); }
  template <Listed T>
  void put(const T& item) {
    std::uint64_t mask = 0;
    auto mark = [&](const auto&... members) {
      unsigned bit = 0;
      ((mask |= static_cast<std::uint64_t>(!is_empty(members)) << bit++), ...);
    };
    list(mark, item, kTag<T>);
    number(mask);
    auto write = [&](const auto&... members) { ((is_empty(members) ? void() : put(members)), ...); };
    list(write, item, kTag<T>);
  }

  std::string finish() {
    const std::string body = std::exchange(body_, {});
    std::string written;
    std::size_t most = body.size() + 16;
    for (const std::string_view text : texts_.all()) most += text.size() + 2;
    body_.reserve(most);
    written.reserve(most - body.size());
    body_.push_back(static_cast<char>(kChartFormat));
    number(texts_.all().size());
    for (const std::string_view text : texts_.all()) {
      const std::size_t before = written.size();
      const TextForm form = append_text(text, written);
      number((written.size() - before) << kTextFormBits | static_cast<unsigned>(form));
    }
    return std::move(body_.append(written).append(body));
  }

 private:
  void signed_number(std::int64_t value) { number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63)); }

  std::string body_;
  Texts texts_;
};

// -------------------------------------------------------------------------------------------------------------- reading

/// Damaged bytes may name a great number, and must not take memory for it.
constexpr std::size_t kMostReserved = 4096;

/// Once anything is amiss every further reading gives nothing and good() is false.
class Reader {
 public:
  Reader(std::string_view bytes, Arena& arena) : bytes_(bytes), arena_(arena) {}

  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }

  /// `plain`: all texts are written out, and no form is told.
  void read_strings(bool plain) {
    struct Written {
      std::size_t size;
      TextForm form;
    };
    const std::size_t count = count_of_items();
    std::vector<Written> texts;
    texts.reserve(count);
    std::size_t total = 0;
    for (std::size_t i = 0; i < count && good_; ++i) {
      const std::uint64_t told = number();
      const std::size_t size = plain ? told : told >> kTextFormBits;
      texts.push_back({size, plain ? TextForm::plain : static_cast<TextForm>(told & ((1U << kTextFormBits) - 1))});
      if (size > bytes_.size() - total) return void(good_ = false);
      total += size;
    }
    if (!good_ || total > bytes_.size() - at_) return void(good_ = false);
    std::string all;
    all.reserve(total * 4);  // more than any form grows
    strings_.reserve(count);
    std::vector<std::size_t> ends;
    ends.reserve(count);
    for (const Written& text : texts) {
      read_text(bytes_.substr(at_, text.size), text.form, all);
      at_ += text.size;
      ends.push_back(all.size());
    }
    const std::string_view kept = arena_.copy(std::string_view(all));
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
      strings_.push_back(kept.substr(begin, end - begin));
      begin = end;
    }
  }

  void get(std::string_view& text) {
    const std::uint64_t at = number();
    if (at < strings_.size()) {
      text = strings_[at];
    } else {
      good_ = false;
    }
  }
  void get(bool& flag) { flag = true; }
  void get(double& value) {
    if (bytes_.size() - at_ < sizeof value) return void(good_ = false);
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    at_ += sizeof value;
  }
  void get(RecordedTime& time) {
    const std::uint64_t precision = number();
    if (precision > static_cast<unsigned>(RecordedTime::Precision::instant)) return void(good_ = false);
    time.precision = static_cast<RecordedTime::Precision>(precision);
    if (time.precision == RecordedTime::Precision::instant) return void(time.instant.ms = signed_number());
    time.first.number = static_cast<std::int32_t>(signed_number());
    time.last.number = static_cast<std::int32_t>(time.first.number + signed_number());
  }
  template <typename T>
  void get(std::optional<T>& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = number() != 0;
    } else {
      get(value.emplace());
    }
  }
  template <typename T>
  void get(std::span<const T>& items) {
    items = arena_.copy(many<T>());
  }
  template <typename T>
  requires std::is_enum_v<T>
  void get(T& value) { value = static_cast<T>(number()); }
  template <Listed T>
  void get(T& item) {
    const std::uint64_t mask = number();
    auto read = [&](auto&... members) {
      unsigned bit = 0;
      ((((mask >> bit++) & 1) != 0 && good_ ? get(members) : void()), ...);
    };
    list(read, item, kTag<T>);
  }
  template <typename T>
  std::vector<T> many() {
    std::vector<T> items;
    const std::size_t count = count_of_items();
    items.reserve(std::min(count, kMostReserved));
    for (std::size_t i = 0; i < count && good_; ++i) get(items.emplace_back());
    return items;
  }

 private:
  void read_text(std::string_view written, TextForm form, std::string& to) {
    if (form == TextForm::plain) return void(to.append(written));
    if (form == TextForm::reference && !written.empty()) {
      const auto type = static_cast<std::uint8_t>(written.front());
      good_ = good_ && type <= static_cast<std::uint8_t>(fhir::ResourceType::bundle);
      if (good_) to.append(fhir::name_of(static_cast<fhir::ResourceType>(type))).push_back('/');
      written.remove_prefix(1);
      form = TextForm::uuid;
    }
    good_ = good_ && form == TextForm::uuid && written.size() == Uuid().size();
    if (good_) append_uuid(to, written.data());
  }

  /// Every item takes at least a byte, so a greater count is damage, not a reason to allocate.
  std::size_t count_of_items() {
    const std::uint64_t count = number();
    if (count > bytes_.size() - at_) good_ = false;
    return good_ ? count : 0;
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }

  std::string_view bytes_;
  Arena& arena_;
  std::size_t at_ = 0;
  bool good_ = true;
  std::vector<std::string_view> strings_;
};

}  // namespace

std::string encode_chart(const Chart& chart) {
  BlobWriter writer;
  writer.put(std::string_view(chart.reference));
  writer.put(chart.patient);
  writer.put(std::span<const fhir::Record>(chart.records));
  writer.put(std::span<const fhir::Record>(chart.medications));
  writer.number(chart.incomplete.to_bits());
  return writer.finish();
}

Result<Chart> decode_chart(std::string_view bytes, Arena& arena) {
  const auto damaged = [] { return fail(ErrorCode::malformed_data, "a stored chart cannot be read; the patient must be read again"); };
  const auto format = bytes.empty() ? 0 : static_cast<unsigned char>(bytes.front());
  if (format != kChartFormat && format != kPlainTexts) return damaged();
  Reader reader(bytes.substr(1), arena);
  reader.read_strings(format == kPlainTexts);
  if (!reader.good()) return damaged();
  Chart chart;
  std::string_view reference;
  reader.get(reference);
  chart.reference = reference;
  reader.get(chart.patient);
  chart.records = reader.many<fhir::Record>();
  chart.medications = reader.many<fhir::Record>();
  chart.incomplete = TypeSet::from_bits(reader.number());
  if (!reader.good() || !reader.at_end()) return damaged();
  return chart;
}

}  // namespace trialflag::screening
