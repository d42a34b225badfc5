#include "agent/screening/hits.h"

#include <algorithm>

namespace trialflag::screening {
namespace {

using eligibility::Concept;
using mappings::Role;

/// The rule for words that count as weak evidence ends here (criteria.md 2.9).
constexpr std::size_t kLongText = 200;

bool exceeds(std::string_view text, std::size_t code_points) {
  if (text.size() <= code_points) return false;
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
  return count > code_points;
}

/// Which of two hits of one concept stands: a sure include before evidence, before a weak include, before review, before a trap.
int rank(const Hit& hit) {
  if (hit.negated) return 0;
  switch (hit.role) {
    case Role::include:
      return hit.past || hit.uncertain ? 3 : hit.weak ? 4 : 6;
    case Role::evidence:
      return 5;
    case Role::review:
      return 2;
    case Role::trap:
      return 1;
    case Role::ignore:
      return 0;
  }
  return 0;
}

/// Hits of one concept are one thing, save drugs of different classes ("valsartan and amlodipine").
bool one_thing(const Hit& a, const Hit& b) {
  if (a.concept_ != b.concept_) return false;
  return a.attributes.classes.empty() || b.attributes.classes.empty() || a.attributes.classes == b.attributes.classes;
}

}  // namespace

void HitFinder::find_codes(const fhir::CodeableConcept& concept_, mappings::Place place) {
  coded_.clear();
  for (std::size_t i = 0; i < concept_.codings.size(); ++i) {
    const fhir::Coding& coding = concept_.codings[i];
    if (coding.code.empty()) continue;
    code_matches_.clear();
    tables_.match_code(coding.system, coding.code, place, code_matches_);
    for (const mappings::CodeMatch& match : code_matches_) {
      Hit hit;
      hit.concept_ = match.concept_.index;
      hit.role = match.role;
      hit.system = coding.system;
      hit.code = coding.code;
      hit.attributes = tables_.attributes(match);
      coded_.push_back({i, hit, match.role == Role::trap});
    }
  }
}

bool HitFinder::disagree(std::size_t a, std::size_t b) const {
  bool condition_a = false, condition_b = false, drug_a = false, drug_b = false, common_condition = false, common_drug = false;
  const auto counts = [](const Coded& coded) { return coded.hit.role == Role::include || coded.hit.role == Role::review; };
  for (const Coded& left : coded_) {
    const bool condition = vocabulary_.conditions.has(left.hit.concept_), drug = vocabulary_.drugs.has(left.hit.concept_);
    if (!condition && !drug) continue;
    if (left.coding == a && counts(left)) {
      condition_a = condition_a || condition;
      drug_a = drug_a || drug;
    }
    if (left.coding == b && counts(left)) {
      condition_b = condition_b || condition;
      drug_b = drug_b || drug;
    }
    if (left.coding != a) continue;
    for (const Coded& right : coded_) {
      if (right.coding != b || right.hit.concept_ != left.hit.concept_) continue;
      if ((left.trap && right.hit.role == Role::include) || (right.trap && left.hit.role == Role::include)) return true;
      common_condition = common_condition || (condition && counts(left) && counts(right));
      common_drug = common_drug || (drug && counts(left) && counts(right));
    }
  }
  return (condition_a && condition_b && !common_condition) || (drug_a && drug_b && !common_drug);
}

void HitFinder::mark_disagreements(std::size_t codings) {
  for (std::size_t a = 0; a < codings; ++a)
    for (std::size_t b = a + 1; b < codings; ++b) {
      if (!disagree(a, b)) continue;
      for (Coded& coded : coded_)
        if (coded.coding == a || coded.coding == b) coded.hit.weak = true;
    }
}

void HitFinder::merge_codes() {
  for (const Coded& coded : coded_) {
    const auto same = std::find_if(hits_.begin(), hits_.end(), [&](const Hit& hit) { return one_thing(hit, coded.hit); });
    if (same == hits_.end()) {
      hits_.push_back(coded.hit);
    } else if (rank(coded.hit) > rank(*same)) {
      *same = coded.hit;
    }
  }
  coded_hits_ = hits_.size();
}

void HitFinder::merge_word(const mappings::TextMatch& match, std::string_view text, bool long_text) {
  const Concept concept_ = match.concept_.index;
  const auto coded_end = hits_.begin() + static_cast<std::ptrdiff_t>(coded_hits_);
  if (std::any_of(hits_.begin(), coded_end, [&](const Hit& each) { return each.concept_ == concept_; })) return;
  Hit hit;
  hit.concept_ = concept_;
  hit.role = match.role;
  hit.by_words = true;
  hit.weak = !match.by_site && match.role == Role::include;
  hit.uncertain = match.assertion == mappings::Assertion::uncertain;
  hit.past = match.assertion == mappings::Assertion::past;
  hit.negated = match.assertion == mappings::Assertion::negated || match.assertion == mappings::Assertion::none;
  hit.weak = hit.weak || hit.uncertain || (hit.past && match.role == Role::include);
  hit.long_text = long_text;
  hit.code = text;
  hit.attributes = tables_.attributes(match);
  const auto same = std::find_if(hits_.begin(), hits_.end(), [&](const Hit& each) { return one_thing(each, hit); });
  if (same == hits_.end()) {
    hits_.push_back(hit);
  } else if (rank(hit) > rank(*same)) {
    *same = hit;
  }
}

const std::vector<mappings::TextMatch>& HitFinder::read_text(std::string_view text) {
  constexpr std::size_t kMostTexts = 8192, kMostBytes = 128;
  if (text.size() > kMostBytes) {
    long_text_.clear();
    tables_.match_text(text, long_text_);
    return long_text_;
  }
  if (texts_read_.size() >= kMostTexts) texts_read_.clear();
  const auto [at, added] = texts_read_.try_emplace(std::string(text));
  if (added) tables_.match_text(text, at->second);
  return at->second;
}

void HitFinder::find_words(std::string_view text) {
  if (text.empty()) return;
  const auto& matches = read_text(text);
  if (matches.empty()) return;
  const bool long_text = exceeds(text, kLongText);
  for (const mappings::TextMatch& match : matches) merge_word(match, text, long_text);
}

const std::vector<Hit>& HitFinder::find(const fhir::CodeableConcept& concept_, mappings::Place place, std::string_view extra_text) {
  hits_.clear();
  find_codes(concept_, place);
  if (concept_.codings.size() > 1) mark_disagreements(concept_.codings.size());
  merge_codes();
  find_words(concept_.text);
  for (const fhir::Coding& coding : concept_.codings) find_words(coding.display);
  find_words(extra_text);
  return hits_;
}

}  // namespace trialflag::screening
