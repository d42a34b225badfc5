// Bytes → facts (facts_layout.h). What is damaged is refused, whatever it is.
#include <algorithm>

#include "agent/base/ids.h"
#include "agent/base/packing.h"
#include "agent/base/uuid.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/facts_layout.h"
#include "fhir/record.h"

namespace trialflag::screening {

using namespace eligibility;

namespace {

constexpr std::int64_t kFarthestDay = 100'000'000, kFarthestMs = kFarthestDay * kDay;

constexpr std::size_t kUuidSize = Uuid().size();

/// The id of a record whose type is the byte `type`; one that is kept as bytes is appended to `ids`, where there is room.
std::string_view get_id(std::uint8_t type, Unpacker& in, std::string& ids) {
  if ((type & kUuid) == 0) return in.get_text();
  const std::string_view bytes = in.get_bytes(kUuidSize);
  if (!in.good()) return {};
  const std::size_t begin = ids.size();
  append_uuid(ids, bytes.data());
  return std::string_view(ids).substr(begin);
}

std::string_view type_name(char type) {
  return fhir::name_of(static_cast<fhir::ResourceType>(static_cast<std::uint8_t>(type) & ~kUuid));
}

}  // namespace

class FactsReader {
 public:
  FactsReader(std::string_view bytes, StoredFacts& into, std::size_t concepts) : in_(bytes), into_(into), concepts_(concepts) {}

  /// What judging asks for.
  bool read_judged() {
    if (in_.get_byte() != kFactsFormat) return false;
    Facts& facts = into_.facts;
    facts.origins.clear();
    facts.times.clear();
    facts.wordings.clear();
    into_.wordings_ = 0;
    get_person(facts.person);
    facts.declined = false;
    facts.incomplete = static_cast<std::uint32_t>(in_.get_number());
    into_.record_count_ = in_.get_count();
    get_texts();
    get_groups(facts);
    get_facts(facts.unreadable_drugs);
    get_facts(facts.morphologies);
    get_exposures(facts);
    get_allergies(facts);
    get_consents(facts);
    get_records();
    return in_.good() && in_.at_end() && sound_ && have_exposures(facts);
  }

  /// The rest, after read_judged() of `judged`.
  bool read_told(std::string_view told, std::string_view judged) {
    in_ = Unpacker(told);
    const bool known = in_.get_byte() == kFactsFormat;
    const std::uint64_t low = in_.get_bits(), high = in_.get_bits();
    if (!known || (high << 32U | low) != static_cast<std::uint64_t>(short_hash(judged))) return false;
    Facts& facts = into_.facts;
    const std::size_t count = into_.record_types_.size();
    facts.origins.resize(count);
    facts.times.resize(count);
    into_.ids_.clear();
    into_.ids_.reserve(into_.record_ids_.size() * 3);  // more than a UUID grows from bytes to text, so that no view is moved
    Unpacker ids(into_.record_ids_);
    for (std::size_t i = 0; i < count; ++i) {
      const char type = into_.record_types_[i];
      facts.origins[i] = {type_name(type), get_id(static_cast<std::uint8_t>(type), ids, into_.ids_), in_.get_text()};
      get(facts.times[i]);
    }
    get_texts();
    facts.wordings.resize(in_.good() ? into_.wordings_ : 0);
    for (Wording& wording : facts.wordings) wording = {get_shared(), get_shared(), get_shared(), in_.get_text()};
    return in_.good() && in_.at_end() && sound_;
  }

 private:
  void get_records() {
    into_.record_types_ = in_.get_bytes(into_.record_count_);
    into_.record_ids_ = in_.rest();
    into_.record_at_.clear();
    std::size_t uuids = 0;
    std::uint8_t last = 0;
    for (const char type : into_.record_types_) {
      uuids += static_cast<std::uint8_t>(type) >> 7U;
      last = std::max<std::uint8_t>(last, static_cast<std::uint8_t>(type) & ~kUuid);
    }
    sound_ = sound_ && into_.record_count_ > 0 && last <= static_cast<std::uint8_t>(fhir::ResourceType::bundle);
    if (uuids == into_.record_count_) return void(in_.get_bytes(uuids * kUuidSize));
    for (const char type : into_.record_types_) {
      into_.record_at_.push_back(static_cast<std::uint32_t>(into_.record_ids_.size() - in_.rest().size()));
      if ((static_cast<std::uint8_t>(type) & kUuid) != 0) {
        in_.get_bytes(kUuidSize);
      } else {
        in_.get_text();
      }
    }
  }

  void get_texts() {
    into_.texts_.resize(in_.get_count());
    for (std::string_view& text : into_.texts_) text = in_.get_text();
  }

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
    if (kind > 2) {
      const Day first{static_cast<std::int32_t>(get_within(kFarthestDay))};
      when = When::at(Instant{(first.number + std::int64_t{4} - kind) * kDay + get_ms_of_day()}, first);
    } else {
      const Day first{static_cast<std::int32_t>(get_within(kFarthestDay))};
      when = When::on(first, kind == 2 ? first + static_cast<int>(get_within(kFarthestDay)) : first);
    }
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
    sound_ = sound_ && record < into_.record_count_;
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

  void get_groups(Facts& facts) {
    facts.facts.resize(in_.get_count());
    const std::size_t groups = in_.get_count();
    facts.begins.resize(concepts_ + 1);
    std::size_t at = 0, next = 0;  // the next fact; the first concept whose begin is not yet told
    for (std::size_t group = 0; group < groups; ++group) {
      const std::uint64_t concept_ = in_.get_number();
      const std::size_t count = take(in_.get_count(), facts.facts.size() - at);
      if (concept_ < next || concept_ >= concepts_ || !sound_) return void(sound_ = false);
      for (; next <= concept_; ++next) facts.begins[next] = static_cast<std::uint32_t>(at);
      for (const std::size_t end = at + count; at < end; ++at) get(facts.facts[at], static_cast<Concept>(concept_));
    }
    for (; next <= concepts_; ++next) facts.begins[next] = static_cast<std::uint32_t>(at);
    sound_ = sound_ && at == facts.facts.size();
  }

  void get_facts(std::vector<Fact>& facts) {
    const std::size_t count = in_.get_count();
    facts.resize(count);
    for (Fact& fact : facts) get(fact, kNoConcept);
  }

  void get(Fact& fact, Concept concept_) {
    const std::uint32_t head = in_.get_bits();
    fact.concept_ = concept_;
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
    fact.record = get_record();
    fact.wording = static_cast<std::uint32_t>(into_.wordings_++);
    get_dates(fact, head);
    fact.number = Number();
    if ((head & kNumber) != 0) {
      fact.number.kind = (head & kRejected) != 0 ? Number::Kind::rejected : Number::Kind::valid;
      fact.number.low = fact.number.high = in_.get_double();
    }
    fact.exposure = kNoExposure;
    fact.classes = {};
    fact.kind = {};
    fact.covers = {};
    if ((head & kAnyExtra) != 0) get_extras(fact, head);
  }

  void get_dates(Fact& fact, std::uint32_t head) {
    const When date = (head & kDate) != 0 ? get_date(head) : When();
    fact.date = date;
    fact.seen = (head & kSeenIsDate) != 0 ? date : When();
    fact.dated = (head & kDatedIsDate) != 0 ? date : When();
    fact.end = When();
    fact.value_time = When();
  }

  When get_date(std::uint32_t head) {
    const Day first{static_cast<std::int32_t>(in_.get_bits())};
    const std::int64_t form = head >> kDateFormAt;
    sound_ = sound_ && first.number >= -kFarthestDay && first.number <= kFarthestDay;
    if ((head & kDateIsInstant) == 0) return When::on(first, form != 0 ? first + static_cast<int>(get_within(kFarthestDay)) : first);
    return When::at(Instant{(first.number + 1 - form) * kDay + get_ms_of_day()}, first);
  }

  std::int64_t get_ms_of_day() {
    const std::uint32_t ms = in_.get_bits();
    sound_ = sound_ && ms < kDay;
    return ms;
  }

  void get_extras(Fact& fact, std::uint32_t head) {
    if ((head & kUneven) != 0) {
      const std::uint8_t flags = in_.get_byte();
      fact.number.low_open = (flags & 1U) != 0;
      fact.number.high_open = (flags & 2U) != 0;
      fact.number.high = in_.get_double();
    }
    if ((head & kSeen) != 0) get(fact.seen);
    if ((head & kEnd) != 0) get(fact.end);
    if ((head & kDated) != 0) get(fact.dated);
    if ((head & kValueTime) != 0) get(fact.value_time);
    if ((head & kExposure) != 0) fact.exposure = static_cast<std::uint32_t>(in_.get_number());
    if ((head & kClasses) != 0) fact.classes = get_shared();
    if ((head & kKind) != 0) fact.kind = get_shared();
    if ((head & kCovers) != 0) fact.covers = get_shared();
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
      const Concept whole = get_concept();
      get(allergy.whole, whole);
      const std::size_t count = take(in_.get_count(), into_.allergy_facts_.size() - used);
      const std::span<Fact> own = std::span(into_.allergy_facts_).subspan(used, count);
      for (Fact& fact : own) {
        const Concept concept_ = get_concept();
        get(fact, concept_);
      }
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

  /// False when a drug names a use that does not exist.
  static bool have_exposures(const Facts& facts) {
    return std::all_of(facts.facts.begin(), facts.facts.end(),
                       [&](const Fact& fact) { return fact.source != Source::drug || fact.exposure < facts.exposures.size(); });
  }

  Unpacker in_;
  StoredFacts& into_;
  std::size_t concepts_;
  bool sound_ = true;
};

Result<void> StoredFacts::decode_judged(std::string_view judged, std::size_t concepts) {
  if (FactsReader(judged, *this, concepts).read_judged()) return {};
  return fail(ErrorCode::malformed_data, "stored facts cannot be read; the chart must be mapped again");
}

Result<void> StoredFacts::decode(std::string_view judged, std::string_view told, std::size_t concepts) {
  FactsReader reader(judged, *this, concepts);
  if (reader.read_judged() && reader.read_told(told, judged)) return {};
  return fail(ErrorCode::malformed_data, "stored facts cannot be read; the chart must be mapped again");
}

Origin StoredFacts::origin(std::uint32_t record) {
  if (record >= record_types_.size()) return {};
  Unpacker in(record_ids_.substr(record_at_.empty() ? record * kUuidSize : record_at_[record]));
  const char type = record_types_[record];
  id_.clear();
  return {type_name(type), get_id(static_cast<std::uint8_t>(type), in, id_), {}};
}

}  // namespace trialflag::screening
