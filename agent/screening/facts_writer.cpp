// Facts → bytes (facts_layout.h).
#include <algorithm>
#include <unordered_map>

#include "agent/base/ids.h"
#include "agent/base/packing.h"
#include "agent/base/uuid.h"
#include "agent/screening/facts_blob.h"
#include "agent/screening/facts_layout.h"
#include "fhir/record.h"

namespace trialflag::screening {

using namespace eligibility;

namespace {

std::uint32_t only_if(bool holds, std::uint32_t bit) {
  return holds ? bit : 0;
}

/// How far the day of an instant lies from UTC's, plus one; of a day or more: whether there is more.
std::uint32_t date_form(const When& date) {
  if (!date.known()) return 0;
  if (!date.is_instant()) return date.first == date.last ? 0 : 1;
  return static_cast<std::uint32_t>(date.first.number - utc_day_of(date.instant.ms) + 1);
}

bool is_uneven(const Number& number) {
  return number.low != number.high || number.low_open || number.high_open;
}

std::uint32_t head_of(const Fact& fact) {
  std::uint32_t head = static_cast<std::uint32_t>(fact.role) << kRoleAt | static_cast<std::uint32_t>(fact.source) << kSourceAt |
                       static_cast<std::uint32_t>(fact.course) << kCourseAt | static_cast<std::uint32_t>(fact.answer) << kAnswerAt |
                       date_form(fact.date) << kDateFormAt;
  head |= only_if(fact.weak, kWeak) | only_if(fact.by_words, kByWords) | only_if(fact.uncertain, kUncertain) |
          only_if(fact.long_text, kLongText) | only_if(fact.ended_undated, kEndedUndated);
  const bool seen_is_date = fact.seen.known() && fact.seen == fact.date, dated_is_date = fact.dated.known() && fact.dated == fact.date;
  head |= only_if(fact.date.known(), kDate) | only_if(fact.date.known() && fact.date.is_instant(), kDateIsInstant) |
          only_if(seen_is_date, kSeenIsDate) | only_if(fact.seen.known() && !seen_is_date, kSeen) | only_if(fact.end.known(), kEnd) |
          only_if(dated_is_date, kDatedIsDate) | only_if(fact.dated.known() && !dated_is_date, kDated) |
          only_if(fact.value_time.known(), kValueTime);
  const bool number = fact.number.kind != Number::Kind::none;
  head |= only_if(number, kNumber) | only_if(fact.number.kind == Number::Kind::rejected, kRejected) |
          only_if(number && is_uneven(fact.number), kUneven);
  head |= only_if(fact.exposure != kNoExposure, kExposure) | only_if(!fact.classes.empty(), kClasses) | only_if(!fact.kind.empty(), kKind) |
          only_if(!fact.covers.empty(), kCovers);
  return head;
}

/// Texts that repeat, each once, and their numbers.
class Shared {
 public:
  std::size_t number(std::string_view text) {
    const auto [at, added] = numbers_.try_emplace(text, texts_.size());
    if (added) texts_.push_back(text);
    return at->second;
  }
  void put(Packer& out) const {
    out.put_number(texts_.size());
    for (const std::string_view text : texts_) out.put_text(text);
  }

 private:
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, std::size_t> numbers_;
};

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

  FactBytes write() {
    put_groups(facts_.facts);
    put_facts(facts_.unreadable_drugs);
    put_facts(facts_.morphologies);
    put_exposures();
    put_allergies();
    put_consents();
    const std::string statements = out_.take();
    out_.put_byte(kFactsFormat);
    put_person();
    out_.put_number(incomplete_);
    out_.put_number(records_.order().size());
    judged_texts_.put(out_);
    FactBytes bytes;
    bytes.judged = out_.take() + statements;
    bytes.judged += records();
    bytes.told = told(short_hash(bytes.judged));
    return bytes;
  }

 private:
  std::string records() {
    Packer ids;
    for (const std::uint32_t old : records_.order()) {
      const Origin& origin = facts_.origins[old];
      const auto type = static_cast<std::uint8_t>(fhir::resource_type(origin.type));
      const auto uuid = uuid_bytes(origin.id);
      out_.put_byte(uuid ? type | kUuid : type);
      if (uuid) {
        for (const std::uint8_t byte : *uuid) ids.put_byte(byte);
      } else {
        ids.put_text(origin.id);
      }
    }
    return out_.take() + ids.take();
  }

  std::string told(std::int64_t belongs_to) {
    out_.put_byte(kFactsFormat);
    out_.put_bits(static_cast<std::uint32_t>(belongs_to));
    out_.put_bits(static_cast<std::uint32_t>(belongs_to >> 32));
    for (const std::uint32_t old : records_.order()) {
      out_.put_text(facts_.origins[old].version);
      put(facts_.times[old]);
    }
    const std::string head = out_.take();
    Shared texts;
    for (const Wording* wording : wordings_) {
      out_.put_number(texts.number(wording->system));
      out_.put_number(texts.number(wording->code));
      out_.put_number(texts.number(wording->display));
      out_.put_text(wording->value);
    }
    const std::string wordings = out_.take();
    texts.put(out_);
    return head + out_.take() + wordings;
  }

  void put_judged(std::string_view text) { out_.put_number(judged_texts_.number(text)); }

  /// The kind (0 unknown, 1 a day, 2 more days, 4 an instant, less or more by the distance of its day from UTC's), then the first day; then
  /// the number of days, or the milliseconds of UTC's day.
  void put(const When& when) {
    if (!when.known()) return out_.put_byte(0);
    if (when.is_instant()) {
      const std::int64_t utc_day = utc_day_of(when.instant.ms);
      out_.put_byte(static_cast<std::uint8_t>(4 + (when.first.number - utc_day)));
      out_.put_signed(when.first.number);
      return out_.put_bits(static_cast<std::uint32_t>(when.instant.ms - utc_day * kDay));
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

  /// Facts are sorted by concept.
  void put_groups(std::span<const Fact> facts) {
    std::size_t groups = 0;
    for (std::size_t i = 0; i < facts.size(); ++i) groups += i == 0 || facts[i].concept_ != facts[i - 1].concept_ ? 1 : 0;
    out_.put_number(facts.size());
    out_.put_number(groups);
    for (std::size_t begin = 0; begin < facts.size();) {
      std::size_t end = begin;
      while (end < facts.size() && facts[end].concept_ == facts[begin].concept_) ++end;
      out_.put_number(facts[begin].concept_);
      out_.put_number(end - begin);
      for (; begin < end; ++begin) put(facts[begin]);
    }
  }

  void put_facts(std::span<const Fact> facts) {
    out_.put_number(facts.size());
    for (const Fact& fact : facts) put(fact);
  }

  void put(const Fact& fact) {
    wordings_.push_back(&facts_.wordings[fact.wording]);
    const std::uint32_t head = head_of(fact);
    out_.put_bits(head);
    out_.put_number(records_.number(fact.record));
    if (fact.date.known()) put_date(fact.date);
    if ((head & kNumber) != 0) out_.put_double(fact.number.low);
    if ((head & kUneven) != 0) {
      put_flags({fact.number.low_open, fact.number.high_open});
      out_.put_double(fact.number.high);
    }
    if ((head & kSeen) != 0) put(fact.seen);
    if ((head & kEnd) != 0) put(fact.end);
    if ((head & kDated) != 0) put(fact.dated);
    if ((head & kValueTime) != 0) put(fact.value_time);
    if ((head & kExposure) != 0) out_.put_number(fact.exposure);
    if ((head & kClasses) != 0) put_judged(fact.classes);
    if ((head & kKind) != 0) put_judged(fact.kind);
    if ((head & kCovers) != 0) put_judged(fact.covers);
  }

  void put_date(const When& date) {
    out_.put_bits(static_cast<std::uint32_t>(date.first.number));
    if (date.is_instant()) return out_.put_bits(static_cast<std::uint32_t>(date.instant.ms - utc_day_of(date.instant.ms) * kDay));
    if (date.first != date.last) out_.put_signed(date.last - date.first);
  }

  /// A fact of an allergy has its own concept.
  void put_with_concept(const Fact& fact) {
    out_.put_number(fact.concept_);
    put(fact);
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
        put_judged(indication.kind);
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
      put_with_concept(allergy.whole);
      out_.put_number(allergy.facts.size());
      for (const Fact& fact : allergy.facts) put_with_concept(fact);
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
  Shared judged_texts_;
  std::vector<const Wording*> wordings_;  ///< of each fact that was put
};

}  // namespace

FactBytes encode_facts(const Facts& facts, std::uint32_t incomplete) {
  return FactsWriter(facts, incomplete).write();
}

}  // namespace trialflag::screening
