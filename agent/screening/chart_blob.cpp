#include "agent/screening/chart_blob.h"

#include <bit>
#include <concepts>
#include <cstring>
#include <type_traits>
#include <unordered_map>
#include <utility>

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

class Writer {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) body_.push_back(static_cast<char>(value | 0x80));
    body_.push_back(static_cast<char>(value));
  }
  void put(std::string_view text) {
    const auto [at, fresh] = index_.try_emplace(text, index_.size());
    if (fresh) strings_.push_back(text);
    number(at->second);
  }
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
    body_.push_back(static_cast<char>(kChartFormat));
    number(strings_.size());
    for (const std::string_view text : strings_) number(text.size());
    for (const std::string_view text : strings_) body_.append(text);
    return body_ + body;
  }

 private:
  void signed_number(std::int64_t value) { number((static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63)); }

  std::string body_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::vector<std::string_view> strings_;
};

// -------------------------------------------------------------------------------------------------------------- reading

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

  void read_strings() {
    const std::size_t count = count_of_items();
    std::vector<std::size_t> sizes;
    std::size_t total = 0;
    for (std::size_t i = 0; i < count && good_; ++i) {
      sizes.push_back(number());
      if (sizes.back() > bytes_.size() - total) good_ = false;
      total += sizes.back();
    }
    if (!good_ || total > bytes_.size() - at_) return void(good_ = false);
    const std::string_view all = arena_.copy(bytes_.substr(at_, total));
    at_ += total;
    std::size_t begin = 0;
    for (const std::size_t size : sizes) {
      strings_.push_back(all.substr(begin, size));
      begin += size;
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
    for (std::size_t i = 0; i < count && good_; ++i) get(items.emplace_back());
    return items;
  }

 private:
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
  Writer writer;
  writer.put(std::string_view(chart.reference));
  writer.put(chart.patient);
  writer.put(std::span<const fhir::Record>(chart.records));
  writer.put(std::span<const fhir::Record>(chart.medications));
  writer.number(chart.incomplete.to_bits());
  return writer.finish();
}

Result<Chart> decode_chart(std::string_view bytes, Arena& arena) {
  const auto damaged = [] { return fail(ErrorCode::malformed_data, "a stored chart cannot be read; the patient must be read again"); };
  if (bytes.empty() || static_cast<unsigned char>(bytes.front()) != kChartFormat) return damaged();
  Reader reader(bytes.substr(1), arena);
  reader.read_strings();
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
