#include "agent/notify/fhir_bodies.h"

#include "agent/base/ids.h"
#include "agent/base/sentence.h"
#include "agent/json/quote.h"
#include "agent/json/value.h"
#include "agent/notify/fhir_text.h"

namespace trialflag::notify {
namespace {

using json::in_quotes;
using screening::ClinicalFacts;
using screening::MessageContext;

std::string member(std::string_view name, const std::string& value) {
  return ",\"" + std::string(name) + "\":" + value;
}

std::string text_member(std::string_view name, std::string_view text) {
  return member(name, in_quotes(text));
}

/// Nothing where there is no reference.
std::string reference_member(std::string_view name, const std::string& reference) {
  return reference.empty() ? std::string() : member(name, "{\"reference\":" + in_quotes(reference) + "}");
}

std::string concept_of(std::string_view text) {
  return "{\"text\":" + in_quotes(text) + "}";
}

std::string identifier(std::string_view system, const std::string& value) {
  return "{\"system\":" + in_quotes(system) + ",\"value\":" + in_quotes(value) + "}";
}

std::string time_of(Instant at) {
  return in_quotes(Zone::utc().format(at));
}

/// `members` begin with a comma. `more`: other identifiers; `unsaid`: members that make no difference to the content: when
/// another agent of the site saw the same.
FhirBody body_of(std::string type, std::string value, std::string_view status, const std::string& members, const std::string& more = {},
                 const std::string& unsaid = {}) {
  FhirBody body;
  body.status = status;
  body.written = std::string(status) + "#" + digest({type, status, members, more}).substr(0, 16);
  body.json = "{\"resourceType\":" + in_quotes(type) + ",\"identifier\":[" + identifier(kIdSystem, value) + "," +
              identifier(kWrittenSystem, body.written) + more + "],\"status\":" + in_quotes(status) + members + unsaid + "}";
  body.type = std::move(type);
  body.identifier = std::move(value);
  return body;
}

void append(std::string& text, std::string_view head, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text.append("\n\n").append(head);
  for (const std::string& line : lines) text.append("\n- ").append(line);
}

/// The words of a mail about it, with what decides, which no mail may say.
std::string said(const ClinicalFacts& facts, const Reasons& reasons, const MessageContext& context, bool with_reasons) {
  const auto words = screening::words_of(facts.link, context);
  std::string text = words.paragraphs.empty() ? words.subject : words.paragraphs.front();
  if (!with_reasons) return text;
  append(text, fhir_texts(context.language).against, reasons.against);
  append(text, fhir_texts(context.language).open, reasons.open);
  return text;
}

std::string site_value(std::string_view kind, const std::string& trial, const std::string& site) {
  return digest({kind, trial, site}).substr(0, 24);
}

}  // namespace

FhirBody study_body(const std::string& trial, const std::string& title, const std::string& site) {
  const std::string registry = trial.starts_with("NCT") ? "," + identifier("https://clinicaltrials.gov", trial) : std::string();
  return body_of("ResearchStudy", site_value("study", trial, site), "active",
                 text_member("title", title.empty() ? trial : trial + ": " + title), registry);
}

FhirBody subject_body(const ClinicalFacts& facts, const AboutFlag& about) {
  return body_of("ResearchSubject", facts.flag, subject_status(facts),
                 reference_member("study", about.study) + reference_member("individual", about.patient));
}

FhirBody task_body(const ClinicalFacts& facts, const AboutFlag& about, const Reasons& reasons, const MessageContext& context) {
  const FhirTexts& texts = fhir_texts(context.language);
  const std::string_view status = task_status(facts);
  std::string told = said(facts, reasons, context, !facts.retracted);
  const bool cancelled = status == "cancelled";
  std::string members = cancelled ? member("statusReason", concept_of(told)) : std::string();
  members += text_member("intent", "proposal") + text_member("priority", "routine");
  members += member("code", concept_of(filled(texts.task_code, {{"{trial}", facts.trial}})));
  if (!cancelled) told.append("\n\n").append(texts.how_to_answer);
  members += text_member("description", told);
  members += reference_member("focus", about.subject) + reference_member("for", about.patient);
  members += member("performerType", "[" + concept_of(texts.performer) + "]");
  return body_of("Task", facts.flag, status, members, {},
                 member("authoredOn", time_of(facts.opened_at)) + member("lastModified", time_of(facts.at)));
}

FhirBody communication_body(const ClinicalFacts& facts, const AboutFlag& about, const Reasons& reasons, const MessageContext& context) {
  std::string members = reference_member("subject", about.patient);
  members += member("topic", concept_of(screening::words_of(facts.link, context).subject));
  if (!about.subject.empty()) members += member("about", "[{\"reference\":" + in_quotes(about.subject) + "}]");
  members += member("payload", "[{\"contentString\":" + in_quotes(said(facts, reasons, context, true)) + "}]");
  return body_of("Communication", facts.flag + "-" + std::to_string(facts.event), "completed", members, {},
                 member("sent", time_of(facts.at)));
}

FhirBody list_body(const std::string& trial, const std::string& site, const std::vector<std::string>& items,
                   const MessageContext& context) {
  const FhirTexts& texts = fhir_texts(context.language);
  std::string members = text_member("mode", "working") + text_member("title", filled(texts.list_title, {{"{trial}", trial}}));
  members += member("code", concept_of(texts.list_code));
  std::string entries;
  for (const std::string& item : items)
    entries += std::string(entries.empty() ? "" : ",") + "{\"item\":{\"reference\":" + in_quotes(item) + "}}";
  // An empty one says why; nil-known: there is nothing that would belong on it.
  constexpr const char* kEmpty = R"({"coding":[{"system":"http://terminology.hl7.org/CodeSystem/list-empty-reason","code":"nilknown"}]})";
  members += items.empty() ? member("emptyReason", kEmpty) : member("entry", "[" + entries + "]");
  return body_of("List", site_value("list", trial, site), "current", members, {}, member("date", time_of(context.now)));
}

std::optional<Standing> standing_of(std::string_view text) {
  json::Document document;
  if (!document.parse(text)) return std::nullopt;
  const json::Value& root = document.root();
  Standing standing;
  standing.status = root["status"].string();
  for (const json::Value& one : root["identifier"].array()) {
    if (one["system"].string() == kIdSystem) standing.identifier = one["value"].string();
    if (one["system"].string() == kWrittenSystem) standing.written = one["value"].string();
  }
  standing.written_status = standing.written.substr(0, standing.written.find('#'));
  for (const char* name : {"individual", "for", "subject"})
    if (standing.patient.empty()) standing.patient = root[name]["reference"].string();
  standing.why = root["statusReason"]["text"].string();
  const auto codings = root["statusReason"]["coding"].array();
  if (standing.why.empty() && !codings.empty()) standing.why = codings.front()["display"].string();
  return standing;
}

}  // namespace trialflag::notify
