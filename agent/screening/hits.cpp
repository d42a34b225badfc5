#include "agent/screening/hits.h"

#include <algorithm>
#include <tuple>

namespace trialflag::screening {
namespace {

using eligibility::Concept;
using mappings::Role;

/// The rule for words that count as weak evidence ends here (criteria.md 2.9).
constexpr std::size_t kLongTextAt = 200;

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

auto told_by(const mappings::Attributes& a) {
  return std::tie(a.classes, a.kind, a.covers, a.asserts, a.answer, a.route);
}

/// What sets one hit of a concept apart from another of the same rank.
auto meaning(const Hit& hit) {
  return std::tuple_cat(told_by(hit.attributes), std::tie(hit.weak, hit.uncertain, hit.past, hit.negated, hit.long_text));
}

/// A total order, so that the order of codings and of texts decides nothing: by concept, the best first.
bool before(const Hit& a, const Hit& b) {
  if (a.concept_ != b.concept_) return a.concept_ < b.concept_;
  if (rank(a) != rank(b)) return rank(a) > rank(b);
  if (meaning(a) != meaning(b)) return meaning(a) < meaning(b);
  return std::tie(a.system, a.code, a.display) < std::tie(b.system, b.code, b.display);
}

/// Does `better` leave nothing to `hit`? Drugs of different classes stand beside each other ("valsartan and amlodipine"), and so do hits of
/// one rank that mean different things (gestational and type 2 diabetes, allergies to two drugs).
bool covers(const Hit& better, const Hit& hit) {
  if (better.concept_ != hit.concept_) return false;
  const auto& classes = hit.attributes.classes;
  if (!classes.empty() && !better.attributes.classes.empty() && classes != better.attributes.classes) return false;
  return rank(better) > rank(hit) || meaning(better) == meaning(hit);
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
      hit.display = words_for(concept_, coding);
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

void HitFinder::settle() {
  if (candidates_.size() > 1) std::sort(candidates_.begin(), candidates_.end(), before);
  for (const Hit& candidate : candidates_)
    if (std::none_of(hits_.begin(), hits_.end(), [&](const Hit& hit) { return covers(hit, candidate); })) hits_.push_back(candidate);
  candidates_.clear();
}

void HitFinder::add_word(const mappings::TextMatch& match, std::string_view text, bool long_text) {
  const Concept concept_ = match.concept_.index;
  if (std::any_of(hits_.begin(), hits_.end(), [&](const Hit& coded) { return coded.concept_ == concept_; })) return;
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
  candidates_.push_back(hit);
}

const std::vector<mappings::TextMatch>& HitFinder::read_text(std::string_view text) {
  constexpr std::size_t kMostTexts = 8192, kMostBytes = 128;
  if (text.size() > kMostBytes) {
    long_text_.clear();
    tables_.match_text(text, long_text_);
    return long_text_;
  }
  if (const auto known = texts_read_.find(text); known != texts_read_.end()) return known->second;
  if (texts_read_.size() >= kMostTexts) texts_read_.clear();
  std::vector<mappings::TextMatch>& matches = texts_read_[std::string(text)];
  tables_.match_text(text, matches);
  return matches;
}

void HitFinder::find_words(std::string_view text) {
  if (text.empty()) return;
  const auto& matches = read_text(text);
  if (matches.empty()) return;
  const bool long_text = exceeds(text, kLongTextAt);
  for (const mappings::TextMatch& match : matches) add_word(match, text, long_text);
}

eligibility::Answer answer_named(std::string_view name) {
  using eligibility::Answer;
  if (name == "positive") return Answer::positive;
  if (name == "negative") return Answer::negative;
  return name == "unknown" ? Answer::unknown : Answer::none;
}

const std::vector<Hit>& HitFinder::find(const fhir::CodeableConcept& concept_, mappings::Place place, std::string_view extra_text) {
  hits_.clear();
  find_codes(concept_, place);
  if (concept_.codings.size() > 1) mark_disagreements(concept_.codings.size());
  for (const Coded& coded : coded_) candidates_.push_back(coded.hit);
  settle();
  find_words(concept_.text);
  for (const fhir::Coding& coding : concept_.codings) find_words(coding.display);
  find_words(extra_text);
  settle();
  return hits_;
}

}  // namespace trialflag::screening
