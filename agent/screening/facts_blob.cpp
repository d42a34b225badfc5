#include "agent/screening/facts_blob.h"

#include <algorithm>
#include <unordered_map>

#include "agent/base/packing.h"
#include "fhir/record.h"

namespace trialflag::screening {

using namespace eligibility;

namespace {

constexpr std::uint8_t kFactsFormat = 2;
constexpr std::uint32_t kNoExposure = Fact{}.exposure;
constexpr std::int64_t kMsPerDay = 86'400'000;
constexpr std::int64_t kFarthestDay = 100'000'000, kFarthestMs = kFarthestDay * kMsPerDay;

std::int64_t utc_day_of(std::int64_t ms) {
  return ms / kMsPerDay - (ms % kMsPerDay < 0 ? 1 : 0);
}

// The bits of a fact's head: small enumerators first, then what follows the head.
constexpr unsigned kRoleAt = 0, kSourceAt = 2, kCourseAt = 6, kAnswerAt = 8;
enum FactBit : std::uint32_t {
  kWeak = 1U << 10U,
  kByWords = 1U << 11U,
  kUncertain = 1U << 12U,
  kLongText = 1U << 13U,
  kEndedUndated = 1U << 14U,
  kDate = 1U << 15U,
  kSeen = 1U << 16U,
  kSeenIsDate = 1U << 17U,
  kEnd = 1U << 18U,
  kDated = 1U << 19U,
  kDatedIsDate = 1U << 20U,
  kValueTime = 1U << 21U,
  kNumber = 1U << 22U,
  kExposure = 1U << 23U,
  kValueText = 1U << 24U,
  kClasses = 1U << 25U,
  kKind = 1U << 26U,
  kCovers = 1U << 27U,
  kRangeOfNumbers = 1U << 28U,  // low and high differ
  kRejected = 1U << 29U,
  kLowOpen = 1U << 30U,
  kHighOpen = 1U << 31U
};

bool same(const When& a, const When& b) {
  return a.known == b.known && a.is_instant == b.is_instant && a.first == b.first && a.last == b.last && a.instant == b.instant;
}

std::uint32_t only_if(bool holds, std::uint32_t bit) {
  return holds ? bit : 0;
}

std::uint32_t head_of(const Fact& fact) {
  std::uint32_t head = static_cast<std::uint32_t>(fact.role) << kRoleAt | static_cast<std::uint32_t>(fact.source) << kSourceAt |
                       static_cast<std::uint32_t>(fact.course) << kCourseAt | static_cast<std::uint32_t>(fact.answer) << kAnswerAt;
  head |= only_if(fact.weak, kWeak) | only_if(fact.by_words, kByWords) | only_if(fact.uncertain, kUncertain) |
          only_if(fact.long_text, kLongText) | only_if(fact.ended_undated, kEndedUndated);
  const bool seen_is_date = fact.seen.known && same(fact.seen, fact.date), dated_is_date = fact.dated.known && same(fact.dated, fact.date);
  head |= only_if(fact.date.known, kDate) | only_if(seen_is_date, kSeenIsDate) | only_if(fact.seen.known && !seen_is_date, kSeen) |
          only_if(fact.end.known, kEnd) | only_if(dated_is_date, kDatedIsDate) | only_if(fact.dated.known && !dated_is_date, kDated) |
          only_if(fact.value_time.known, kValueTime);
  const Number& number = fact.number;
  head |= only_if(number.kind != Number::Kind::none, kNumber) | only_if(number.kind == Number::Kind::rejected, kRejected) |
          only_if(number.low != number.high, kRangeOfNumbers) | only_if(number.low_open, kLowOpen) | only_if(number.high_open, kHighOpen);
  head |= only_if(fact.exposure != kNoExposure, kExposure) | only_if(!fact.value_text.empty(), kValueText) |
          only_if(!fact.classes.empty(), kClasses) | only_if(!fact.kind.empty(), kKind) | only_if(!fact.covers.empty(), kCovers);
  return head;
}

/// What stands in the place of a record that is kept: its new number.
class KeptRecords {
 public:
  explicit KeptRecords(const Facts& facts) : numbers_(facts.origins.size(), 0) {
    keep(0);
    for (const auto* list : {&facts.facts, &facts.unreadable_drugs, &facts.morphologies})
      for (const Fact& fact : *list) keep(fact.record);
    for (const Allergy& allergy : facts.allergies) keep(allergy.record);
    for (const Consent& consent : facts.consents) keep(consent.record);
    std::uint32_t next = 0;
    for (std::uint32_t old = 0; old < numbers_.size(); ++old) {
      if (numbers_[old] == 0) continue;
      numbers_[old] = next++;
      order_.push_back(old);
    }
  }
  [[nodiscard]] std::uint32_t number(std::uint32_t old) const { return numbers_[old]; }
  [[nodiscard]] const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  void keep(std::uint32_t old) { numbers_[old] = 1; }
  std::vector<std::uint32_t> numbers_;
  std::vector<std::uint32_t> order_;
};

class FactsWriter {
 public:
  FactsWriter(const Facts& facts, std::uint32_t incomplete) : facts_(facts), incomplete_(incomplete), records_(facts) {}

  std::string write() {
    put_person();
    out_.put_number(incomplete_);
    put_origins();
    put_facts(facts_.facts);
    put_facts(facts_.unreadable_drugs);
    put_facts(facts_.morphologies);
    put_exposures();
    put_allergies();
    put_consents();
    Packer whole;
    whole.put_byte(kFactsFormat);
    whole.put_number(texts_.size());
    for (const std::string_view text : texts_) whole.put_text(text);
    return whole.take() + out_.take();
  }

 private:
  /// A text that repeats: its number in the list of texts.
  void put_shared(std::string_view text) {
    const auto [at, added] = text_numbers_.try_emplace(text, texts_.size());
    if (added) texts_.push_back(text);
    out_.put_number(at->second);
  }

  /// A kind in the lowest bits, then the day, or the instant with the distance of its day from UTC's.
  void put(const When& when) {
    if (!when.known) return out_.put_byte(0);
    if (when.is_instant) {
      const std::int64_t utc_day = utc_day_of(when.instant.ms);
      out_.put_byte(static_cast<std::uint8_t>(4 + (when.first.number - utc_day)));
      return out_.put_signed(when.instant.ms);
    }
    out_.put_byte(when.first == when.last ? 1 : 2);
    out_.put_signed(when.first.number);
    if (when.first != when.last) out_.put_signed(when.last - when.first);
  }

  void put(const RecordedTime& time) {
    out_.put_byte(static_cast<std::uint8_t>(time.precision));
    if (!time.known()) return;
    if (time.precision == RecordedTime::Precision::instant) return out_.put_signed(time.instant.ms);
    out_.put_signed(time.first.number);
    out_.put_signed(time.last - time.first);
  }

  void put_flags(std::initializer_list<bool> flags) {
    std::uint8_t bits = 0, bit = 1;
    for (const bool flag : flags) {
      if (flag) bits |= bit;
      bit = static_cast<std::uint8_t>(bit << 1U);
    }
    out_.put_byte(bits);
  }

  void put_person() {
    const Person& person = facts_.person;
    put(person.birth);
    put(person.birth_as_recorded);
    out_.put_byte(static_cast<std::uint8_t>(person.gender));
    put_flags({person.deceased, person.inactive, person.prefers_inside, person.prefers_outside});
    put(person.deceased_on);
  }

  void put_origins() {
    out_.put_number(records_.order().size());
    for (const std::uint32_t old : records_.order()) {
      const Origin& origin = facts_.origins[old];
      out_.put_byte(static_cast<std::uint8_t>(fhir::resource_type(origin.type)));
      out_.put_text(origin.id);
      put_shared(origin.version);
      put(facts_.times[old]);
    }
  }

  void put_facts(std::span<const Fact> facts) {
    out_.put_number(facts.size());
    for (const Fact& fact : facts) put(fact);
  }

  void put(const Fact& fact) {
    const std::uint32_t head = head_of(fact);
    out_.put_bits(head);
    out_.put_number(fact.concept_);
    out_.put_number(records_.number(fact.record));
    put_shared(fact.system);
    put_shared(fact.code);
    put_shared(fact.display);
    if ((head & kDate) != 0) put(fact.date);
    if ((head & kSeen) != 0) put(fact.seen);
    if ((head & kEnd) != 0) put(fact.end);
    if ((head & kDated) != 0) put(fact.dated);
    if ((head & kValueTime) != 0) put(fact.value_time);
    if ((head & kNumber) != 0) out_.put_double(fact.number.low);
    if ((head & kNumber) != 0 && (head & kRangeOfNumbers) != 0) out_.put_double(fact.number.high);
    if ((head & kExposure) != 0) out_.put_number(fact.exposure);
    if ((head & kValueText) != 0) out_.put_text(fact.value_text);
    if ((head & kClasses) != 0) put_shared(fact.classes);
    if ((head & kKind) != 0) put_shared(fact.kind);
    if ((head & kCovers) != 0) put_shared(fact.covers);
  }

  void put_exposures() {
    std::size_t indications = 0;
    for (const Exposure& exposure : facts_.exposures) indications += exposure.indications.size();
    out_.put_number(facts_.exposures.size());
    out_.put_number(indications);
    for (const Exposure& exposure : facts_.exposures) {
      out_.put_byte(static_cast<std::uint8_t>(exposure.form));
      out_.put_byte(static_cast<std::uint8_t>(exposure.route));
      put_flags({exposure.not_taken, exposure.active});
      put(exposure.start);
      put(exposure.end);
      put(exposure.supply_end);
      out_.put_number(exposure.indications.size());
      for (const Indication& indication : exposure.indications) {
        out_.put_number(indication.concept_);
        out_.put_byte(static_cast<std::uint8_t>(indication.role));
        put_flags({indication.by_words, indication.own_reason});
        put_shared(indication.kind);
      }
    }
  }

  void put_allergies() {
    std::size_t facts = 0;
    for (const Allergy& allergy : facts_.allergies) facts += allergy.facts.size();
    out_.put_number(facts_.allergies.size());
    out_.put_number(facts);
    for (const Allergy& allergy : facts_.allergies) {
      out_.put_number(records_.number(allergy.record));
      put_flags({allergy.weak, allergy.intolerance, allergy.food_or_environment_only, allergy.has_content});
      put(allergy.seen);
      put(allergy.whole);
      put_facts(allergy.facts);
    }
  }

  void put_consents() {
    out_.put_number(facts_.consents.size());
    for (const Consent& consent : facts_.consents) {
      out_.put_number(records_.number(consent.record));
      put_flags({consent.active, consent.rejected, consent.deny, consent.nested, consent.nested_permit, consent.names_a_study,
                 consent.names_this_study});
      put(consent.seen);
      out_.put_text(consent.value_text);
    }
  }

  const Facts& facts_;
  std::uint32_t incomplete_;
  KeptRecords records_;
  Packer out_;
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, std::size_t> text_numbers_;
};

}  // namespace

class FactsReader {
 public:
  FactsReader(std::string_view bytes, StoredFacts& into, std::size_t concepts) : in_(bytes), into_(into), concepts_(concepts) {}

  bool read() {
    if (in_.get_byte() != kFactsFormat) return false;
    into_.texts_.resize(in_.get_count());
    for (std::string_view& text : into_.texts_) text = in_.get_text();
    Facts& facts = into_.facts;
    get_person(facts.person);
    facts.declined = false;
    facts.incomplete = static_cast<std::uint32_t>(in_.get_number());
    get_origins(facts);
    get_facts(facts.facts);
    get_facts(facts.unreadable_drugs);
    get_facts(facts.morphologies);
    get_exposures(facts);
    get_allergies(facts);
    get_consents(facts);
    return in_.good() && in_.at_end() && sound_ && index(facts);
  }

 private:
  std::string_view get_shared() {
    const std::uint64_t number = in_.get_number();
    if (number < into_.texts_.size()) return into_.texts_[number];
    sound_ = false;
    return {};
  }

  /// No calendar reaches farther; what does is damage.
  std::int64_t get_within(std::int64_t farthest) {
    const std::int64_t value = in_.get_signed();
    if (value >= -farthest && value <= farthest) return value;
    sound_ = false;
    return 0;
  }

  void get(When& when) {
    const std::uint8_t kind = in_.get_byte();
    when = When();
    if (kind == 0) return;
    when.known = true;
    when.is_instant = kind > 2;
    if (when.is_instant) {
      when.instant.ms = get_within(kFarthestMs);
      const std::int64_t utc_day = utc_day_of(when.instant.ms);
      when.first.number = static_cast<std::int32_t>(utc_day + kind - 4);
    } else {
      when.first.number = static_cast<std::int32_t>(get_within(kFarthestDay));
    }
    when.last = kind == 2 ? when.first + static_cast<int>(get_within(kFarthestDay)) : when.first;
  }

  void get(RecordedTime& time) {
    time = RecordedTime();
    time.precision = get_enum<RecordedTime::Precision>(RecordedTime::Precision::instant);
    if (!time.known()) return;
    if (time.precision == RecordedTime::Precision::instant) return void(time.instant.ms = get_within(kFarthestMs));
    time.first.number = static_cast<std::int32_t>(get_within(kFarthestDay));
    time.last = time.first + static_cast<int>(get_within(kFarthestDay));
  }

  template <typename Enum>
  Enum get_enum(Enum last) {
    const std::uint8_t value = in_.get_byte();
    if (value <= static_cast<std::uint8_t>(last)) return static_cast<Enum>(value);
    sound_ = false;
    return Enum{};
  }

  Concept get_concept() {
    const std::uint64_t concept_ = in_.get_number();
    sound_ = sound_ && (concept_ < concepts_ || concept_ == kNoConcept);
    return static_cast<Concept>(concept_);
  }

  std::uint32_t get_record() {
    const std::uint64_t record = in_.get_number();
    sound_ = sound_ && record < into_.facts.origins.size();
    return static_cast<std::uint32_t>(record);
  }

  void get_person(Person& person) {
    person = Person();
    get(person.birth);
    get(person.birth_as_recorded);
    person.gender = get_enum(Person::Gender::other);
    const std::uint8_t flags = in_.get_byte();
    person.deceased = (flags & 1U) != 0;
    person.inactive = (flags & 2U) != 0;
    person.prefers_inside = (flags & 4U) != 0;
    person.prefers_outside = (flags & 8U) != 0;
    get(person.deceased_on);
  }

  void get_origins(Facts& facts) {
    const std::size_t count = in_.get_count();
    facts.origins.resize(count);
    facts.times.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      Origin& origin = facts.origins[i];
      origin.type = fhir::name_of(get_enum(fhir::ResourceType::bundle));
      origin.id = in_.get_text();
      origin.version = get_shared();
      get(facts.times[i]);
    }
    sound_ = sound_ && count > 0;
  }

  void get_facts(std::vector<Fact>& facts) {
    const std::size_t count = in_.get_count();
    facts.resize(count);
    for (Fact& fact : facts) get(fact);
  }

  void get(Fact& fact) {
    const std::uint32_t head = in_.get_bits();
    fact.role = static_cast<Role>(head >> kRoleAt & 3U);
    fact.source = static_cast<Source>(head >> kSourceAt & 15U);
    fact.course = static_cast<Course>(head >> kCourseAt & 3U);
    fact.answer = static_cast<Answer>(head >> kAnswerAt & 3U);
    sound_ = sound_ && static_cast<std::size_t>(fact.source) < kSources;
    fact.weak = (head & kWeak) != 0;
    fact.by_words = (head & kByWords) != 0;
    fact.uncertain = (head & kUncertain) != 0;
    fact.long_text = (head & kLongText) != 0;
    fact.ended_undated = (head & kEndedUndated) != 0;
    fact.concept_ = get_concept();
    fact.record = get_record();
    fact.system = get_shared();
    fact.code = get_shared();
    fact.display = get_shared();
    get_times(fact, head);
    get_number(fact.number, head);
    fact.exposure = (head & kExposure) != 0 ? static_cast<std::uint32_t>(in_.get_number()) : kNoExposure;
    fact.value_text = (head & kValueText) != 0 ? in_.get_text() : std::string_view();
    fact.classes = (head & kClasses) != 0 ? get_shared() : std::string_view();
    fact.kind = (head & kKind) != 0 ? get_shared() : std::string_view();
    fact.covers = (head & kCovers) != 0 ? get_shared() : std::string_view();
  }

  void get_times(Fact& fact, std::uint32_t head) {
    get_if(head & kDate, fact.date);
    get_if(head & kSeen, fact.seen);
    if ((head & kSeenIsDate) != 0) fact.seen = fact.date;
    get_if(head & kEnd, fact.end);
    get_if(head & kDated, fact.dated);
    if ((head & kDatedIsDate) != 0) fact.dated = fact.date;
    get_if(head & kValueTime, fact.value_time);
  }

  void get_if(std::uint32_t bit, When& when) {
    if (bit != 0) {
      get(when);
    } else {
      when = When();
    }
  }

  void get_number(Number& number, std::uint32_t head) {
    number = Number();
    number.low_open = (head & kLowOpen) != 0;
    number.high_open = (head & kHighOpen) != 0;
    if ((head & kNumber) == 0) return;
    number.kind = (head & kRejected) != 0 ? Number::Kind::rejected : Number::Kind::valid;
    number.low = in_.get_double();
    number.high = (head & kRangeOfNumbers) != 0 ? in_.get_double() : number.low;
  }

  void get_exposures(Facts& facts) {
    facts.exposures.resize(in_.get_count());
    into_.indications_.resize(in_.get_count());
    std::size_t used = 0;
    for (Exposure& exposure : facts.exposures) {
      exposure.form = get_enum(Exposure::Form::procedure);
      exposure.route = get_enum(Route::other);
      const std::uint8_t flags = in_.get_byte();
      exposure.not_taken = (flags & 1U) != 0;
      exposure.active = (flags & 2U) != 0;
      get(exposure.start);
      get(exposure.end);
      get(exposure.supply_end);
      const std::size_t count = take(in_.get_count(), into_.indications_.size() - used);
      const std::span<Indication> indications = std::span(into_.indications_).subspan(used, count);
      for (Indication& indication : indications) get(indication);
      exposure.indications = indications;
      used += count;
    }
  }

  void get(Indication& indication) {
    indication.concept_ = get_concept();
    indication.role = get_enum(Role::evidence);
    const std::uint8_t flags = in_.get_byte();
    indication.by_words = (flags & 1U) != 0;
    indication.own_reason = (flags & 2U) != 0;
    indication.kind = get_shared();
  }

  std::size_t take(std::size_t wanted, std::size_t left) {
    sound_ = sound_ && wanted <= left;
    return std::min(wanted, left);
  }

  void get_allergies(Facts& facts) {
    facts.allergies.resize(in_.get_count());
    into_.allergy_facts_.resize(in_.get_count());
    std::size_t used = 0;
    for (Allergy& allergy : facts.allergies) {
      allergy.record = get_record();
      const std::uint8_t flags = in_.get_byte();
      allergy.weak = (flags & 1U) != 0;
      allergy.intolerance = (flags & 2U) != 0;
      allergy.food_or_environment_only = (flags & 4U) != 0;
      allergy.has_content = (flags & 8U) != 0;
      get(allergy.seen);
      get(allergy.whole);
      const std::size_t count = take(in_.get_count(), into_.allergy_facts_.size() - used);
      const std::span<Fact> own = std::span(into_.allergy_facts_).subspan(used, count);
      for (Fact& fact : own) get(fact);
      allergy.facts = own;
      used += count;
    }
  }

  void get_consents(Facts& facts) {
    facts.consents.resize(in_.get_count());
    for (Consent& consent : facts.consents) {
      consent.record = get_record();
      const std::uint8_t flags = in_.get_byte();
      consent.active = (flags & 1U) != 0;
      consent.rejected = (flags & 2U) != 0;
      consent.deny = (flags & 4U) != 0;
      consent.nested = (flags & 8U) != 0;
      consent.nested_permit = (flags & 16U) != 0;
      consent.names_a_study = (flags & 32U) != 0;
      consent.names_this_study = (flags & 64U) != 0;
      get(consent.seen);
      consent.value_text = in_.get_text();
    }
  }

  /// Where the facts of each concept begin; false when they are not in order, or name what does not exist.
  [[nodiscard]] bool index(Facts& facts) const {
    const auto has_exposure = [&](const Fact& fact) { return fact.source != Source::drug || fact.exposure < facts.exposures.size(); };
    facts.begins.resize(concepts_ + 1);
    std::size_t at = 0;
    for (std::size_t concept_ = 0; concept_ < concepts_; ++concept_) {
      facts.begins[concept_] = static_cast<std::uint32_t>(at);
      for (; at < facts.facts.size() && facts.facts[at].concept_ == concept_; ++at)
        if (!has_exposure(facts.facts[at])) return false;
    }
    facts.begins[concepts_] = static_cast<std::uint32_t>(at);
    return at == facts.facts.size();
  }

  Unpacker in_;
  StoredFacts& into_;
  std::size_t concepts_;
  bool sound_ = true;
};

std::string encode_facts(const Facts& facts, std::uint32_t incomplete) {
  return FactsWriter(facts, incomplete).write();
}

Result<void> StoredFacts::decode(std::string_view bytes, std::size_t concepts) {
  if (FactsReader(bytes, *this, concepts).read()) return {};
  return fail(ErrorCode::malformed_data, "stored facts cannot be read; the chart must be mapped again");
}

}  // namespace trialflag::screening
