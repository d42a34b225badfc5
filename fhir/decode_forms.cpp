// Care plans, consents, questionnaire responses. What nests in them is walked with a list, not by recursion.
#include <deque>
#include <vector>

#include "fhir/datatypes.h"
#include "fhir/decode_parts.h"

namespace trialflag::fhir {
namespace {

class StudyTexts {
 public:
  void add(std::string_view text) {
    if (!text.empty()) texts_.push_back(text);
  }
  void add(const CodeableConcept& concept_) {
    for (const Coding& coding : concept_.codings) {
      add(coding.code);
      add(coding.display);
    }
    add(concept_.text);
  }
  // A Reference: what it points to, in whichever way it says so.
  void add_reference(const Element& parent, std::string_view name) {
    const Element reference = parent.object(name);
    add(reference.string("reference"));
    add(reference.string("display"));
    const Element identifier = reference.object("identifier");
    add(identifier.string("value"));
  }
  [[nodiscard]] const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::vector<std::string_view> texts_;
};

void read_provisions(const Element& resource, StudyTexts& studies, Record& record) {
  std::deque<Element> provisions = {resource.object("provision")};  // a deque, for its elements are pointed to while it grows
  record.provision_type = provisions.front().string("type");
  for (std::size_t i = 0; i < provisions.size(); ++i) {
    const Element& provision = provisions[i];
    if (i > 0 && provision.string("type") == "permit") record.nested_permit = true;
    provision.each("data", [&](const Element& data) { studies.add_reference(data, "reference"); });
    provision.each("provision", [&](const Element& nested) { provisions.push_back(nested); });
  }
  record.nested_provisions = provisions.size() > 1;
}

// The answers of one item, and the items below it: those of the answers, then its own.
void read_item(const Element& item, std::deque<Element>& kept, std::vector<const Element*>& below, std::vector<Item>& items) {
  const Item head{item.string("linkId"), item.string("definition"), item.string("text"), {}};
  const auto keep_items = [&](const Element& parent) {
    parent.each("item", [&](const Element& child) { below.push_back(&kept.emplace_back(child)); });
  };
  item.each("answer", [&](const Element& answer) {
    Item answered = head;
    answered.value = value_of(answer);
    if (answered.value.kind != Value::Kind::none) items.push_back(answered);
    if (answer.has("item")) keep_items(kept.emplace_back(answer));
  });
  keep_items(item);
}

}  // namespace

void decode_care_plan(const Element& resource, Record& record) {
  record.intent = resource.string("intent");
  read_period(resource, "period", record);
  record.recorded = resource.time("created");
  std::vector<Activity> activities;
  resource.each("activity", [&](const Element& activity) {
    const Element detail = activity.object("detail");
    if (detail.boolean("doNotPerform").value_or(false)) return;
    activities.push_back({concept_at(detail, "code"), detail.string("status"), reference_at(activity, "reference")});
  });
  record.activities = resource.arena().copy(activities);
}

void decode_consent(const Element& resource, Record& record) {
  record.code = concept_at(resource, "scope");
  record.start = resource.time("dateTime");
  StudyTexts studies;
  resource.each("identifier", [&](const Element& identifier) { studies.add(identifier.string("value")); });
  resource.each("policy", [&](const Element& policy) {
    studies.add(policy.string("uri"));
    studies.add(policy.string("authority"));
  });
  studies.add(concept_at(resource, "policyRule"));
  studies.add_reference(resource, "sourceReference");
  read_provisions(resource, studies, record);
  record.study_texts = resource.arena().copy(studies.texts());
}

void decode_questionnaire_response(const Element& resource, Record& record) {
  record.start = resource.time("authored");
  std::deque<Element> kept;  // elements are pointed to by those below them
  std::vector<const Element*> open, below;
  std::vector<Item> items;
  resource.each("item", [&](const Element& item) { below.push_back(&kept.emplace_back(item)); });
  while (true) {
    open.insert(open.end(), below.rbegin(), below.rend());  // the first one is next, so that items keep the order of the form
    below.clear();
    if (open.empty()) break;
    const Element& item = *open.back();
    open.pop_back();
    read_item(item, kept, below, items);
  }
  record.items = resource.arena().copy(items);
}

}  // namespace trialflag::fhir
