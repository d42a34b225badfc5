// The words around a verdict in Simplified Chinese, as clinicians write it.
#include "agent/app/note_text.h"

namespace trialflag::app {
namespace {

constexpr std::pair<std::string_view, std::string_view> kChineseNames[] = {
    {"potentially_eligible", "可能符合"},
    {"needs_review", "待人工核实"},
    {"ineligible", "不符合"},
    {"not_a_candidate", "非候选者"},
    {"not_screened", "未筛查"},
    {"withdrawn", "已撤出"},
    {"pass", "通过"},
    {"fail", "排除"},
    {"open", "待定"},
    {"conflicting", "记录互相矛盾"},
    {"weak_evidence", "证据不充分"},
    {"incomplete_source", "数据未完整读取"},
    {"judgement", "须研究者判断"},
    {"partial", "资料不完整"},
    {"stale", "记录已超时限"},
    {"no_data", "无相关资料"},
    {"needs_person", "须人工确认"},
    {"new", "新标记"},
    {"acknowledged", "已知悉"},
    {"contacted", "已联系"},
    {"screening", "筛选中"},
    {"enrolled", "已入组"},
    {"screen_failed", "筛选失败"},
    {"declined", "患者已拒绝"},
    {"opened", "新增"},
    {"changed", "变更"},
    {"fell", "不再符合"},
    {"reopened", "再次符合"},
    {"retracted", "撤回"},
    {"digest", "汇总"},
    {"note", "备注"},
    {"set", "修改处理进度"},
    {"waiting", "待发送"},
    {"sent", "已发送"},
    {"stuck", "发送受阻"},
    {"suppressed", "不再发送"},
    {"engine", "程序"},
    {"email", "电子邮件"},
    {"fhir", "FHIR"},
    {"no criterion fails", "无标准排除"},
    {"deceased", "患者已故"},
    {"record inactive", "病历已停用"},
    {"record gone", "病历已不存在"},
    {"now under another record", "已并入其他病历"},
};

}  // namespace

NoteTexts chinese_notes() {
  NoteTexts texts;
  texts.names = kChineseNames;
  const auto say = [&](NoteText key, std::string_view sentence) { texts.sentences[static_cast<std::size_t>(key)] = sentence; };
  say(NoteText::heading, "{patient}，试验{trial}，判定时点：{when}");
  say(NoteText::gone, "非候选者：已故，或病历已停用。");
  say(NoteText::entry_fails, "非候选者：不符合首要入选标准。");
  say(NoteText::not_screened, "未筛查：可供判断的数据未能完整读取，须先修复数据来源。");
  say(NoteText::ineligible_one, "不符合：有{count}条标准排除该患者。");
  say(NoteText::ineligible_many, "不符合：有{count}条标准排除该患者。");
  say(NoteText::review_one, "待人工核实：有{count}条标准存疑，须先行核实。");
  say(NoteText::review_many, "待人工核实：有{count}条标准存疑，须先行核实。");
  say(NoteText::possible_one, "可能符合：病历中未见排除依据；尚有{count}条标准待定。");
  say(NoteText::possible_many, "可能符合：病历中未见排除依据；尚有{count}条标准待定。");
  say(NoteText::what_decides, "判定依据");
  say(NoteText::what_to_ask, "需询问的问题");
  say(NoteText::against, "排除");
  say(NoteText::still_open, "待定");
  say(NoteText::in_favour, "通过");
  say(NoteText::by_absence, "{effect}");
  say(NoteText::is_open, "待定，{reason}");
  say(NoteText::criterion, "{id}（{state}） {summary}");
  say(NoteText::decider, "{id} {summary}");
  say(NoteText::version, "（版本{version}）");
  say(NoteText::comma, "，");
  say(NoteText::display, "“{words}”");
  say(NoteText::maps_to, " → {concept}");
  say(NoteText::may_change, "判定自{when}起可能改变");
  say(NoteText::protocol, "方案（译文）：“{cite}”");
  say(NoteText::revisit, "下次复核：{when}，或病历有变动时。");
  say(NoteText::versions, "试验文件版本：{trial}；程序版本：{engine}；编码表版本：{tables}。");
  say(NoteText::gone_short, "已故或病历已停用");
  say(NoteText::open_one, "{count}条标准待定");
  say(NoteText::open_many, "{count}条标准待定");
  say(NoteText::to_settle, "须与申办方确认的问题");
  say(NoteText::patient, "患者");
  say(NoteText::status, "状态");
  say(NoteText::decided_by, "判定依据");
  say(NoteText::flag_heading, "标记{code}  {trial}  {patient}");
  say(NoteText::conflict, "冲突：电子病历中的 {resource} 为“{status}”（{state}）。请设置正确的状态：trialflag flags set {code} STATE");
  say(NoteText::flag_status, "状态：{status}（{reason}）；处理进度：{state}");
  say(NoteText::suppressed, "暂不通知：{why}");
  say(NoteText::in_other_trial, "同一患者正由试验{trial}联系");
  say(NoteText::enrolled_elsewhere, "同一患者已入组试验{trial}");
  say(NoteText::decided_elsewhere, "试验{trial}已就该患者的另一份病历作出决定");
  say(NoteText::do_not_contact, "患者在免打扰名单上");
  say(NoteText::trial_closed, "试验暂停招募");
  say(NoteText::trial_full, "试验名额已满");
  say(NoteText::treating_physician, "主治医生尚未同意");
  say(NoteText::research_refused, "患者拒绝参与研究");
  say(NoteText::history, "历史记录");
  say(NoteText::event, "{when}  {kind}（操作者：{who}）");
  say(NoteText::event_why, "{event}：{why}");
  say(NoteText::notices, "通知");
  say(NoteText::notice, "{when}  {kind}，收件人：{who}，方式：{channel}，{state}");
  say(NoteText::none, "无");
  return texts;
}

}  // namespace trialflag::app
