// The English catalogue.
#include "agent/eligibility/text.h"

namespace trialflag::eligibility {

Texts english_texts() {
  Texts texts;
  const auto say = [&](Text key, const char* sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(Text::present, "{what} present since {when}");
  say(Text::past, "{what} in the past ({when})");
  say(Text::on_record, "{what} on record ({when})");
  say(Text::weak, "{what}: a record points to it but is not sure ({when})");
  say(Text::conflicting, "{what}: confirmed, then refuted ({when})");
  say(Text::judgement, "{what}: records that the investigator must weigh ({when})");
  say(Text::incomplete, "{what}: cannot be told, the records were not read completely");
  say(Text::rejected, "{what}: a recorded value cannot be used");
  say(Text::unreadable_drug, "{what}: a drug on record cannot be read");
  say(Text::nothing_found, "{what}: nothing on record");
  say(Text::no_data, "{what}: nothing on record that could decide");
  say(Text::needs_person, "{what}: only a person can tell");
  say(Text::stale, "{what}: only an old record ({when})");
  say(Text::partial, "{what}: the recorded date or value leaves it open ({when})");
  say(Text::value, "{what}: {value} ({when})");
  say(Text::named_value, "{what}: {measured} {value} ({when})");
  say(Text::stale_value, "{what}: last value {value} is too old ({when})");
  say(Text::mean, "{what}: mean {mean}, days with a score: {low}");
  say(Text::mean_so_far, "{what}: mean so far {mean}, days with a score: {low}");
  say(Text::age, "aged {count}");
  say(Text::age_missing, "date of birth missing");
  say(Text::age_unsure, "the date of birth leaves the age limit open");
  say(Text::language, "prefers a language outside the study's");
  say(Text::refused, "refuses research");
  say(Text::consent_unclear, "a research consent that needs reading ({when})");
  say(Text::score_total, "{what} total {value} ({when})");
  say(Text::score_items, "{what} from its items: {low} to {high}");
  say(Text::score_partial, "{what} from its items: {low} to {high}; missing: {items}");
  say(Text::scores_contradict, "{what}: diagnosed, but the recorded ACR scores do not meet the criteria ({when})");
  say(Text::drug, "{what} on record ({when})");
  say(Text::drug_weak, "{what}: a drug record points to it but is not sure ({when})");
  say(Text::drug_not_taken, "{what}: ordered, but later recorded as not taken ({when})");
  say(Text::pressure_classes, "{what}: on {count} classes of antihypertensives");
  say(Text::pressure_crisis, "{what}: latest blood pressure {value} ({when})");
  say(Text::pressure_stale, "{what}: last blood pressure {value}, not measured again ({when})");
  say(Text::male, "{what}: male");
  say(Text::over_age, "{what}: over 55 and nothing on record");
  say(Text::too_old, "{what}: over 55");
  say(Text::state_positive, "{what} on record ({when})");
  say(Text::state_negative, "{what}: recorded as not so ({when})");
  say(Text::state_conflict, "{what}: records contradict each other ({when})");
  say(Text::delivered, "{what}: a delivery within a year, no record since ({when})");
  say(Text::allergy_other, "{what}: allergies are recorded, none to a study drug");
  say(Text::allergy_none_known, "{what}: no known allergy recorded");
  say(Text::allergy_unnamed, "{what}: a drug allergy without the drug's name ({when})");
  say(Text::relief_none, "{what}: insufficient, pain after therapy still high");
  say(Text::relief_some, "{what}: pain after therapy is low");
  say(Text::relief_unmeasured, "{what}: therapy on record, no pain score after it ({when})");
  say(Text::result, "{what}: positive drug screen ({when})");
  say(Text::score_names, "snoring|tired|observed apnoea|pressure|BMI|age|neck|gender");
  say(Text::between_items, ", ");
  say(Text::date_unknown, "an unknown date");
  say(Text::number_unknown, "no number");
  return texts;
}

}  // namespace trialflag::eligibility
