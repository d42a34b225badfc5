// The commands screen and explain: files of a hospital in, verdicts out (criteria.md section 4).
#include <CLI/CLI.hpp>
#include <array>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/explain_text.h"
#include "agent/app/note_text.h"
#include "agent/app/offline.h"
#include "agent/app/progress.h"
#include "agent/app/record_json.h"
#include "agent/intake/intake.h"
#include "agent/screening/screener.h"

namespace trialflag::app {
namespace {

using eligibility::PatientVerdict;
using eligibility::Status;

constexpr std::array kStatuses{Status::potentially_eligible, Status::needs_review, Status::ineligible, Status::not_a_candidate,
                               Status::not_screened};

struct Arguments {
  std::string trial, as_of, timezone, format = "table", patient, incomplete, language;
  bool all = false;
  std::vector<std::string> inputs;
};

Result<screening::TypeSet> types_named(const std::string& list) {
  screening::TypeSet types;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = list.substr(at, end - at);
    const fhir::ResourceType type = fhir::resource_type(name);
    if (type == fhir::ResourceType::other || !fhir::is_r4_type(name))
      return fail(ErrorCode::invalid_config,
                  "--incomplete: \"" + name + "\" is no resource type that is read; write for example Condition,Observation");
    types.add(type);
    at = end + 1;
  }
  return types;
}

// One run of screen or explain.
class Run {
 public:
  Run(Context& context, const Arguments& arguments, bool explain) : context_(context), arguments_(arguments), explain_(explain) {}

  int operator()() {
    const auto screener = make_screener();
    if (!screener) return usage;
    const auto as_of = moment(screener->zone());
    if (!as_of) return complain("--as-of: " + as_of.error().message);
    const auto incomplete = types_named(arguments_.incomplete);
    if (!incomplete) return complain(incomplete.error().message);
    ProgressBar bar(context_.err, context_.err_is_terminal && !context_.quiet, clock_);
    intake::Options options{*incomplete, [&bar](std::uint64_t done, std::uint64_t total) { bar.show("reading", done, total); }};
    auto charts = intake::Intake::open(arguments_.inputs, options, report_);
    bar.wipe();
    if (!charts) return complain(charts.error().message);
    tell_messages();
    if (charts->patient_count() == 0) return nothing_to_screen();
    if (!arguments_.patient.empty() && !charts->only(arguments_.patient))
      return complain("--patient: no patient of that id is in the input; write the id as it stands in Patient.id");
    screen_all(*charts, *screener, *as_of, bar);
    return report_.quarantined() ? in_part : done;
  }

 private:
  int complain(const std::string& problem) {
    context_.err << "trialflag: " << problem << '\n';
    return usage;
  }

  int nothing_to_screen() {
    for (const std::string& message : report_.take_left_out()) context_.err << message << '\n';
    context_.err << "trialflag: no patient could be read; nothing was screened\n";
    return nothing_readable;
  }

  /// `told` stands in the record; `judged` is what is asked. They differ for a date alone, which means that day up to its end: what was
  /// recorded in its course counts.
  struct AsOf {
    Instant told, judged;
  };

  Result<AsOf> moment(const Zone& zone) const {
    if (arguments_.as_of.empty()) return AsOf{clock_.now(), clock_.now()};
    const auto told = parse_instant(arguments_.as_of, zone);
    if (!told) return tl::unexpected(told.error());
    constexpr std::size_t kDateLength = 10;
    if (arguments_.as_of.size() != kDateLength) return AsOf{*told, *told};
    return AsOf{*told, Instant{zone.midnight(zone.day_of(*told) + 1).ms - 1}};
  }

  std::unique_ptr<screening::Screener> make_screener() {
    const auto config = offline_config(context_);
    if (!config) return nullptr;
    Zone zone = config->site.zone;
    if (!arguments_.timezone.empty()) {
      const auto named = Zone::named(arguments_.timezone);
      if (!named) return complain("--timezone: " + named.error().message), nullptr;
      zone = *named;
    }
    auto tables = load_tables(*config, context_);
    if (!tables) return nullptr;
    // The record for programs has one language; what people read has theirs.
    const bool for_people = explain_ || arguments_.format == "table";
    const std::string language = !for_people ? "en" : arguments_.language.empty() ? config->site.language : arguments_.language;
    auto trial = load_named_trial(arguments_.trial, *config, *tables, context_, language);
    if (!trial) return nullptr;
    return std::make_unique<screening::Screener>(std::move(tables), std::move(trial), zone);
  }

  void screen_all(intake::Intake& charts, const screening::Screener& screener, AsOf as_of, ProgressBar& bar) {
    screening::Chart chart;
    Arena arena;
    screening::Sitting sitting(screener);
    std::vector<screening::Remark> remarks;
    std::uint64_t screened = 0;
    while (charts.next(chart, arena, report_)) {
      remarks.clear();
      PatientVerdict verdict = sitting.screen(chart, as_of.judged, false, remarks);
      verdict.as_of = as_of.told;
      for (const screening::Remark& remark : remarks) report_.note({}, chart.reference + " " + remark.resource, remark.text);
      ++counts_[static_cast<std::size_t>(verdict.status)];
      bar.show("screening", ++screened, charts.patient_count());
      give(verdict, screener, bar);
    }
    bar.wipe();
    if (!explain_ && arguments_.format == "table") give_table(screener.trial());
    context_.out.flush();
    tell_messages();
    for (const std::string& message : report_.take_left_out()) context_.err << message << '\n';
    if (!context_.quiet) tell_counts();
  }

  void give(const PatientVerdict& verdict, const screening::Screener& screener, ProgressBar& bar) {
    const bool candidate = verdict.status != Status::not_a_candidate && verdict.status != Status::not_screened;
    if (!candidate && !arguments_.all && arguments_.patient.empty()) return;
    if (explain_ || arguments_.format == "ndjson") bar.wipe();
    if (explain_) {
      if (std::exchange(told_any_, true)) context_.out << '\n' << std::string(kColumns, '-') << "\n\n";
      context_.out << explain_text(verdict, screener.trial(), screener.zone());
    } else if (arguments_.format == "ndjson") {
      context_.out << record_json(verdict, screener.zone()) << '\n';
    } else {
      rows_.push_back({without_type(verdict.patient), verdict.status, deciding_words(verdict, screener.trial())});
    }
  }

  static std::string without_type(const std::string& reference) {
    constexpr std::string_view kType = "Patient/";
    return reference.starts_with(kType) ? reference.substr(kType.size()) : reference;
  }

  void give_table(const eligibility::Trial& trial) {
    constexpr std::size_t kWidestPatient = 36;  // a UUID
    const NoteTexts& texts = note_texts(trial.language);
    std::size_t status_width = 0;
    for (const Status status : kStatuses) status_width = std::max(status_width, width_of(texts.word(name_of(status))));
    std::size_t width = width_of(texts.of(NoteText::patient));
    for (const Row& row : rows_) width = std::min(std::max(width, width_of(row.patient)), kWidestPatient);
    const std::size_t rest = kColumns - width - status_width - 4;
    const auto line = [&](std::string_view patient, std::string_view status, std::string_view why) {
      context_.out << fitted(patient, width) << "  " << fitted(status, status_width) << "  " << cut_to(why, rest) << '\n';
    };
    line(texts.of(NoteText::patient), texts.of(NoteText::status), texts.of(NoteText::decided_by));
    for (const Row& row : rows_) {
      const bool fits = width_of(row.patient) <= width;  // an id is needed whole, to ask for the patient
      if (!fits) context_.out << row.patient << '\n';
      line(fits ? std::string_view(row.patient) : std::string_view(), texts.word(name_of(row.status)), row.why);
    }
    if (rows_.empty() || trial.sponsor_questions.empty()) return;
    context_.out << '\n' << texts.of(NoteText::to_settle) << '\n';
    for (const std::string& question : trial.sponsor_questions) {
      std::string mark = "- ";
      for (const std::string& text : wrapped(question, kColumns - mark.size())) context_.out << std::exchange(mark, "  ") << text << '\n';
    }
  }

  void tell_messages() {
    for (const std::string& message : report_.take()) context_.err << message << '\n';
  }

  void tell_counts() {
    std::string text;
    for (const Status status : kStatuses) {
      if (!text.empty()) text += ", ";
      text.append(name_of(status)).append(" ").append(std::to_string(counts_[static_cast<std::size_t>(status)]));
    }
    context_.err << text << '\n';
  }

  struct Row {
    std::string patient;
    Status status;
    std::string why;
  };

  Context& context_;
  const Arguments& arguments_;
  const bool explain_;
  SystemClock clock_;
  intake::Report report_;
  std::array<std::size_t, 5> counts_{};
  std::vector<Row> rows_;
  bool told_any_ = false;
};

void add_shared_options(CLI::App& command, Arguments& arguments) {
  command.add_option("--trial", arguments.trial, "id of a configured or shipped trial, or a trial file");
  command.add_option("--as-of", arguments.as_of, "date (that day up to its end) or dateTime to judge at (default: now)");
  command.add_option("--timezone", arguments.timezone, "zone of the hospital's days (default: the configuration's, else UTC)");
  add_language_option(command, arguments.language);
  command.add_option("--incomplete", arguments.incomplete, "types known to be incomplete: TYPE,TYPE…");
  command.add_option("INPUT", arguments.inputs, "Bundle or resource (.json), NDJSON (.ndjson), either gzipped, a folder of these, or -")
      ->required();
}

}  // namespace

void add_screen_command(CLI::App& app, Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* screen = app.add_subcommand("screen", "judge the patients of files against a trial");
  add_shared_options(*screen, *arguments);
  screen->add_option("--format", arguments->format, "table or ndjson")->check(CLI::IsMember({"table", "ndjson"}));
  screen->add_flag("--all", arguments->all, "print those who are no candidates or were not screened, too");
  screen->add_option("--patient", arguments->patient, "this patient alone: Patient/x or x");
  screen->footer("Example: trialflag screen --trial NCT07230171 --as-of 2026-11-22 --format ndjson export/");
  screen->callback([&context, arguments] { context.status = Run(context, *arguments, false)(); });

  CLI::App* explain = app.add_subcommand("explain", "tell in words how one patient was judged");
  add_shared_options(*explain, *arguments);
  explain->add_option("--patient", arguments->patient, "the patient: Patient/x or x")->required();
  explain->footer("Example: trialflag explain --trial NCT07230171 --patient p1 export/");
  explain->callback([&context, arguments] { context.status = Run(context, *arguments, true)(); });
}

}  // namespace trialflag::app
