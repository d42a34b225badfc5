// The catalogue in Simplified Chinese, as clinicians write it.
#include "agent/eligibility/text.h"

namespace trialflag::eligibility {

Texts chinese_texts() {
  Texts texts;
  const auto say = [&](Text key, const char* sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(Text::present, "{what}：目前存在（始于：{when}）");
  say(Text::past, "{what}：既往史（{when}）");
  say(Text::on_record, "{what}：病历中有记录（{when}）");
  say(Text::weak, "{what}：有记录提示，但尚不能确定（{when}）");
  say(Text::conflicting, "{what}：先确诊，后被否定（{when}）");
  say(Text::judgement, "{what}：有相关记录，须由研究者判断（{when}）");
  say(Text::incomplete, "{what}：病历未能完整读取，无法判断");
  say(Text::rejected, "{what}：有一项记录值无法采用");
  say(Text::unreadable_drug, "{what}：有一条用药记录无法识别药名");
  say(Text::nothing_found, "{what}：病历中无记录");
  say(Text::no_data, "{what}：病历中无可供判断的记录");
  say(Text::needs_person, "{what}：无法由病历判断");
  say(Text::stale, "{what}：仅有时限以外的旧记录（{when}）");
  say(Text::partial, "{what}：所记录的日期或数值不足以判断（{when}）");
  say(Text::value, "{what}：{value}（{when}）");
  say(Text::named_value, "{what}：{measured}为{value}（{when}）");
  say(Text::stale_value, "{what}：最近一次为{value}，已超出时限（{when}）");
  say(Text::mean, "{what}：均值{mean}分，有评分的天数：{low}");
  say(Text::mean_so_far, "{what}：目前均值{mean}分，有评分的天数：{low}");
  say(Text::age, "{count}岁");
  say(Text::age_missing, "缺少出生日期");
  say(Text::age_unsure, "出生日期不完整，无法确定是否达到年龄要求");
  say(Text::language, "首选语言不在本研究使用的语言之列");
  say(Text::refused, "拒绝参加研究");
  say(Text::consent_unclear, "有一份研究知情同意记录，须人工阅读（{when}）");
  say(Text::score_total, "{what}总分：{value}（{when}）");
  say(Text::score_items, "{what}按各条目计分：{low}～{high}分");
  say(Text::score_partial, "{what}按各条目计分：{low}～{high}分；缺少条目：{items}");
  say(Text::scores_contradict, "{what}：已有诊断，但所记录的ACR评分未达到诊断标准（{when}）");
  say(Text::drug, "{what}：有用药记录（{when}）");
  say(Text::drug_weak, "{what}：有用药记录提示，但尚不能确定（{when}）");
  say(Text::drug_not_taken, "{what}：曾开具医嘱，但其后记录为未使用（{when}）");
  say(Text::pressure_classes, "{what}：正在使用{count}类降压药");
  say(Text::pressure_crisis, "{what}：最近一次血压为{value}（{when}）");
  say(Text::pressure_stale, "{what}：最近一次血压为{value}（{when}），此后未再测量");
  say(Text::male, "{what}：男性");
  say(Text::over_age, "{what}：55岁以上，病历中无记录");
  say(Text::too_old, "{what}：55岁以上");
  say(Text::state_positive, "{what}：病历中有记录（{when}）");
  say(Text::state_negative, "{what}：记录为“否”（{when}）");
  say(Text::state_conflict, "{what}：记录互相矛盾（{when}）");
  say(Text::delivered, "{what}：一年内有分娩记录（{when}），此后情况无记录");
  say(Text::allergy_other, "{what}：有其他过敏记录，均与研究药物无关");
  say(Text::allergy_none_known, "{what}：记录为无已知过敏");
  say(Text::allergy_unnamed, "{what}：有药物过敏记录，但未写明药名（{when}）");
  say(Text::relief_none, "{what}：不充分，治疗后疼痛评分仍高");
  say(Text::relief_some, "{what}：治疗后疼痛评分较低");
  say(Text::relief_unmeasured, "{what}：有治疗记录，但治疗后无疼痛评分（{when}）");
  say(Text::result, "{what}：药物筛查阳性（{when}）");
  say(Text::score_names, "打鼾|日间疲倦|观察到的呼吸暂停|高血压|体重指数|年龄|颈围|性别");
  say(Text::between_items, "、");
  say(Text::date_unknown, "日期不详");
  say(Text::number_unknown, "数值不详");
  return texts;
}

}  // namespace trialflag::eligibility
