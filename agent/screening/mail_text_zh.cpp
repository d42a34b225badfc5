// The sentences of mails in Simplified Chinese.
#include "agent/screening/mail_text.h"

namespace trialflag::screening {

MailTexts chinese_mails() {
  MailTexts texts;
  const auto say = [&](MailText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(MailText::at_site, "（{name}）");
  say(MailText::subject, "[{trial}] {code}：{what}");
  say(MailText::subject_retracted, "不再是候选者");
  say(MailText::subject_moved, "已并入其他病历");
  say(MailText::subject_now_eligible, "现可能符合");
  say(MailText::subject_now_review, "现待人工核实");
  say(MailText::subject_new_eligible, "新候选者");
  say(MailText::subject_new_review, "新增待核实病历");
  say(MailText::subject_summary, "[{trial}] 汇总：{count}条标记");
  say(MailText::retracted, "试验{trial}{site}的标记{code}已撤回：该患者不再是候选者。");
  say(MailText::retracted_advice, "请勿再据此就本试验联系该患者。原因见：");
  say(MailText::moved, "试验{trial}{site}的标记{code}所对应的病历已并入其他病历。");
  say(MailText::moved_advice, "该标记的历史记录见：");
  say(MailText::moved_retracted, "试验{trial}{site}的标记{code}已撤回：其病历已并入其他病历。");
  say(MailText::moved_eligible, "此前就试验{trial}{site}通知过您的一名患者现归于其他病历，标记为{code}：该病历可能符合条件。");
  say(MailText::moved_review, "此前就试验{trial}{site}通知过您的一名患者现归于其他病历，标记为{code}：该病历须先审核，才能称为候选人。");
  say(MailText::changed_eligible, "试验{trial}{site}的标记{code}有变更：该病历现可能符合入选条件。");
  say(MailText::changed_review, "试验{trial}{site}的标记{code}有变更：该病历须经人工核实，方可视为候选者。");
  say(MailText::changed_advice, "各条依据见：");
  say(MailText::opened_eligible, "有一名患者{site}被标记为试验{trial}的可能候选者：其病历可能符合入选条件。");
  say(MailText::opened_review, "有一名患者{site}被试验{trial}标记：其病历须经人工核实，方可视为候选者。");
  say(MailText::opened_advice, "各条标准的依据及需询问的问题见：");
  say(MailText::counts, "入排标准：{passes}条通过，{opens}条待定。");
  say(MailText::summary, "试验{trial}{site}：同时有{count}条标记发生变更，现一并通知：");
  say(MailText::kind_opened, "新增");
  say(MailText::kind_changed, "变更");
  say(MailText::kind_retracted, "撤回");
  say(MailText::kind_digest, "汇总");
  say(MailText::subject_digest, "[{trial}] 汇总：{count} 条通知");
  say(MailText::subject_reminder, "仍待查看");
  say(MailText::subject_alarm, "[{trial}] 通知无法送达");
  say(MailText::subject_closed, "试验已关闭");
  say(MailText::subject_full, "试验名额已满");
  say(MailText::closed, "试验 {trial}{site} 暂停招募，因此撤回标记 {code}。");
  say(MailText::full, "试验 {trial}{site} 名额已满，因此撤回标记 {code}。");
  say(MailText::opted_out, "试验 {trial}{site} 的标记 {code} 已撤回：请勿就研究事宜联系此人。");
  say(MailText::other_trial, "试验{trial}{site}的标记{code}已撤回：此人正由另一项试验联系。");
  say(MailText::closed_advice, "病历没有变化，无需处理。可在此查看该标记：");
  say(MailText::reminder, "试验 {trial}{site} 的标记 {code} 仍待处理：尚无人确认。");
  say(MailText::alarm, "试验 {trial}{site} 发给 {who} 的通知无法送达：已被拒收，或数日来一直未被接收。");
  say(MailText::alarm_advice, "请告知本人或 trialflag 的管理员。可用以下命令列出通知及其错误：");
  say(MailText::digest, "试验 {trial}{site} 的新消息：");
  say(MailText::digest_many, "多项试验{site}的新消息：");
  say(MailText::alarm_many, "多项试验{site}发给 {who} 的通知无法送达：已被拒收，或数日来一直未被接收。");
  say(MailText::and_more, "另有 {count} 条");
  say(MailText::kind_reminder, "提醒");
  return texts;
}

}  // namespace trialflag::screening
