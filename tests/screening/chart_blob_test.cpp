// A chart must come back from its bytes exactly as it went in, whatever it holds, and damaged bytes must never do harm.
#include "agent/screening/chart_blob.h"

#include <catch2/catch.hpp>
#include <random>
#include <sstream>

#include "agent/screening/chart_layout.h"

using namespace trialflag;
using namespace trialflag::screening;

namespace {

template <typename T>
constexpr const T* kTag = nullptr;

struct Count {
  std::size_t members = 0;
  void operator()(const auto&... all) { members = sizeof...(all); }
};
template <typename T>
concept Listed = requires(Count count, const T& item) {
  list(count, item, kTag<T>);
};

// ------------------------------------------------------------------- does the layout name every member?

struct Anything {
  template <typename T>
  operator T() const;  // NOLINT: converts to whatever a member is
};
template <typename T, typename... Members>
constexpr std::size_t member_count() {
  if constexpr (requires { T{Members{}..., Anything{}}; }) {
    return member_count<T, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}
template <typename T>
void check_layout() {
  Count count;
  const T item{};
  list(count, item, kTag<T>);
  CHECK(count.members == member_count<T>());
}

// ------------------------------------------------------------------- everything a chart holds, as text

class Dump {
 public:
  void put(std::string_view text) { out_ << '"' << text << "\" "; }
  void put(bool flag) { out_ << (flag ? "T " : "F "); }
  void put(double number) { out_ << number << ' '; }
  void put(const RecordedTime& time) {
    out_ << static_cast<int>(time.precision) << ':' << time.instant.ms << ':' << time.first.number << ':' << time.last.number << ' ';
  }
  template <typename T>
  void put(const std::optional<T>& value) {
    out_ << (value ? "+" : "- ");
    if (value) put(*value);
  }
  template <typename T>
  void put(std::span<const T> items) {
    out_ << '[';
    for (const T& item : items) put(item);
    out_ << "] ";
  }
  template <typename T>
  requires std::is_enum_v<T>
  void put(T value) { out_ << static_cast<int>(value) << ' '; }
  template <Listed T>
  void put(const T& item) {
    auto visit = [this](const auto&... members) { (put(members), ...); };
    list(visit, item, kTag<T>);
  }
  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

std::string dump(const Chart& chart) {
  Dump out;
  out.put(std::string_view(chart.reference));
  out.put(chart.patient);
  out.put(std::span<const fhir::Record>(chart.records));
  out.put(std::span<const fhir::Record>(chart.medications));
  return out.text() + std::to_string(chart.incomplete.to_bits());
}

// ------------------------------------------------------------------- a chart of anything

class Maker {
 public:
  Maker(unsigned seed, Arena& arena) : random_(seed), arena_(arena) {}

  Chart chart() {
    Chart chart;
    chart.reference = "Patient/" + std::to_string(below(1000));
    fill(chart.patient);
    for (unsigned i = below(6); i > 0; --i) fill(chart.records.emplace_back());
    for (unsigned i = below(3); i > 0; --i) fill(chart.medications.emplace_back());
    chart.incomplete = TypeSet::from_bits(below(1u << 16));
    return chart;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  void fill(std::string_view& text) {
    static const std::vector<std::string> kTexts = {
        "", "M79.7", "http://snomed.info/sct", "纤维肌痛", std::string("a\0b", 3), std::string(300, 'x')};
    text = arena_.copy(kTexts[below(static_cast<unsigned>(kTexts.size()))]);
  }
  void fill(bool& flag) { flag = below(2) == 1; }
  void fill(double& number) { number = below(3) == 0 ? -0.0 : (static_cast<double>(below(2000)) - 1000) / 7; }
  void fill(RecordedTime& time) {
    switch (below(4)) {
      case 0:
        time = {};
        break;
      case 1:
        time = RecordedTime::at({static_cast<std::int64_t>(random_()) * 977 - 3000000000000});
        break;
      case 2:
        time = RecordedTime::on({-719162}, {-719162 + 364}, RecordedTime::Precision::year);
        break;
      default:
        time = RecordedTime::on({20000}, {20000}, RecordedTime::Precision::day);
    }
  }
  template <typename T>
  void fill(std::optional<T>& value) {
    value.reset();
    if (below(2) == 1) fill(value.emplace());
  }
  template <typename T>
  void fill(std::span<const T>& items) {
    std::vector<T> made(below(3));
    for (std::size_t i = 0; i < made.size(); ++i) {
      T one{};
      fill(one);
      made[i] = one;
    }
    items = arena_.copy(made);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void fill(T& value) { value = static_cast<T>(below(4)); }
  template <Listed T>
  void fill(T& item) {
    auto visit = [this](auto&... members) { (fill(members), ...); };
    list(visit, item, kTag<T>);
  }

  std::mt19937 random_;
  Arena& arena_;
};

}  // namespace

TEST_CASE("chart blob: the layout names every member of every struct that a chart holds") {
  check_layout<fhir::Coding>();
  check_layout<fhir::CodeableConcept>();
  check_layout<fhir::Reference>();
  check_layout<fhir::Quantity>();
  check_layout<fhir::Value>();
  check_layout<fhir::Component>();
  check_layout<fhir::Item>();
  check_layout<fhir::Drug>();
  check_layout<fhir::Activity>();
  check_layout<fhir::Record>();
  check_layout<fhir::Communication>();
  check_layout<fhir::PatientLink>();
  check_layout<fhir::Patient>();
}

TEST_CASE("chart blob: every chart comes back as it went in") {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    Arena made, read;
    const Chart chart = Maker(seed, made).chart();
    const std::string bytes = encode_chart(chart);
    const auto again = decode_chart(bytes, read);
    REQUIRE(again);
    REQUIRE(dump(*again) == dump(chart));
    REQUIRE(encode_chart(*again) == bytes);
  }
}

TEST_CASE("chart blob: a string that recurs is kept once") {
  Arena arena;
  Chart chart;
  chart.records.resize(100);
  for (fhir::Record& record : chart.records) record.status = "a status that is rather long";
  CHECK(encode_chart(chart).size() < 1000);
}

TEST_CASE("chart blob: bytes that were cut, changed or of another format are refused or read, never followed out of bounds") {
  Arena made;
  const std::string bytes = encode_chart(Maker(7, made).chart());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Arena arena;
    CHECK_FALSE(decode_chart(std::string_view(bytes).substr(0, size), arena));
  }
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    Arena arena;
    (void)decode_chart(damaged, arena);
  }
  std::string newer = bytes;
  newer[0] = 99;
  Arena arena;
  const auto refused = decode_chart(newer, arena);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::malformed_data);
}
