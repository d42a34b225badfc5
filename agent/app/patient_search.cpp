#include "agent/app/patient_search.h"

#include <algorithm>
#include <array>

namespace trialflag::app {
namespace {

/// One patient may be refused for reasons of their own; so many in a row are the question.
constexpr int kMostRefused = 3;

fhir::Parameter about(PatientForm form, const std::string& id) {
  if (form == PatientForm::patient) return {"patient", id};
  return {"subject", form == PatientForm::subject ? "Patient/" + id : id};
}

bool refuses_words(int status) {
  return status == 400 || status == 422;
}

bool shows(const fhir::SearchEnd& end, PatientForm form) {
  const std::string name = form == PatientForm::patient ? "patient" : "subject";
  return std::find(end.ignored.begin(), end.ignored.end(), name) == end.ignored.end();
}

/// What may be tried beside `form`, in this order.
std::vector<PatientForm> others(PatientForm form, bool refused) {
  std::vector<PatientForm> forms = {PatientForm::subject};
  if (refused) forms.push_back(PatientForm::bare_subject);
  if (form != PatientForm::patient) forms.push_back(PatientForm::patient);
  forms.erase(std::remove(forms.begin(), forms.end(), form), forms.end());
  return forms;
}

}  // namespace

PatientWords words_of(const fhir::Capability::Type* listed, const Learnt& learnt) {
  PatientWords words;
  words.form = patient_form(listed, learnt);
  words.settled = learnt.by_subject || learnt.by_bare_subject;
  words.unshown = learnt.hides_patient;
  return words;
}

void keep_words(const PatientWords& words, const fhir::Capability::Type* listed, Learnt& learnt) {
  if (words.unshown) learnt.hides_patient = true;
  if (!words.settled || words.form == patient_form(listed, learnt)) return;
  learnt.by_subject = words.form == PatientForm::subject;
  learnt.by_bare_subject = words.form == PatientForm::bare_subject;
}

namespace {

/// One question in several words.
class Asking {
 public:
  Asking(fhir::Client& client, std::string_view type, const std::vector<fhir::Parameter>& question, PatientWords& words,
         const fhir::OnFound& on_found, fhir::Refusal& refusal)
      : client_(client), type_(type), question_(question), words_(words), on_found_(on_found), refusal_(refusal) {}

  Result<fhir::SearchEnd> ask(const std::function<void()>& anew) {
    auto first = ask(words_.form);
    const bool refused = !first && refuses_words(refusal_.status);
    if (first && shows(*first, words_.form)) return settle(words_.form, std::move(first));
    if (words_.settled || words_.unshown || words_.refused >= kMostRefused || !(first || refused)) return first;
    const fhir::Refusal first_refusal = refusal_;
    for (const PatientForm form : others(words_.form, refused)) {
      if (first && anew) anew();
      auto other = ask(form);
      if (other && (refused || shows(*other, form))) return settle(form, std::move(other));
      if (!other && !refuses_words(refusal_.status)) return other;  // that says nothing of the words
    }
    words_.refused += refused ? 1 : 0;
    words_.unshown = words_.unshown || first.has_value();
    refusal_ = first_refusal;
    return first;
  }

 private:
  Result<fhir::SearchEnd> ask(PatientForm form) {
    std::vector<fhir::Parameter> question = question_;
    question.front() = about(form, question_.front().value);
    refusal_ = {};
    return client_.search(type_, question, on_found_, &refusal_);
  }

  Result<fhir::SearchEnd> settle(PatientForm form, Result<fhir::SearchEnd> answer) {
    words_.form = form;
    words_.settled = true;
    return answer;
  }

  fhir::Client& client_;
  const std::string_view type_;
  const std::vector<fhir::Parameter>& question_;
  PatientWords& words_;
  const fhir::OnFound& on_found_;
  fhir::Refusal& refusal_;
};

}  // namespace

Result<fhir::SearchEnd> search_patient(fhir::Client& client, std::string_view type, const std::vector<fhir::Parameter>& question,
                                       PatientWords& words, const fhir::OnFound& on_found, fhir::Refusal& refusal,
                                       const std::function<void()>& anew) {
  return Asking(client, type, question, words, on_found, refusal).ask(anew);
}

PatientWords Wording::of(fhir::ResourceType type) const {
  const std::scoped_lock lock(mutex_);
  const auto at = words_.find(type);
  return at == words_.end() ? PatientWords() : at->second;
}

void Wording::set(fhir::ResourceType type, const PatientWords& words) {
  const std::scoped_lock lock(mutex_);
  PatientWords& known = words_[type];
  if (words.settled || !known.settled) known = words;  // of two answers to come, the one that shows something
}

void Wording::begin_cycle() {
  const std::scoped_lock lock(mutex_);
  for (auto& [type, words] : words_) words.refused = 0;
}

void Wording::clear() {
  const std::scoped_lock lock(mutex_);
  words_.clear();
}

}  // namespace trialflag::app
