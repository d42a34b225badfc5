// The command flags: the list of candidates, one flag in words, and what people do to it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "agent/app/columns.h"
#include "agent/app/command.h"
#include "agent/app/explain_text.h"
#include "agent/app/listing.h"
#include "agent/app/live_config.h"
#include "agent/app/note_text.h"
#include "agent/app/notices_command.h"
#include "agent/app/offline.h"
#include "agent/app/record_read.h"
#include "agent/app/replay.h"
#include "agent/app/retell.h"
#include "agent/app/user_name.h"
#include "agent/base/clock.h"
#include "agent/base/sentence.h"
#include "agent/store/desk.h"

namespace trialflag::app {
namespace {

using screening::FlagState;
using store::Act;
using store::Desk;
using store::FlagView;

struct FlagsOptions {
  std::string format = "table";
  store::FlagFilter filter;
  std::string id, text, state, reason, language, who;
  int at = 0;  ///< of show: an event's number
};

/// A list in JSON, each item as `fill` writes it into its row.
template <typename Items, typename Fill>
std::string list_json(const Items& items, Fill fill) {
  std::string json = "[";
  for (const auto& item : items) {
    Row row;
    fill(row, item);
    json += (json.size() > 1 ? "," : "") + row.to_json();
  }
  return json + "]";
}

std::string notices_json(const std::vector<store::NoticeView>& notices, const Zone& zone) {
  return list_json(notices, [&](Row& row, const store::NoticeView& notice) {
    row.text("recipient", notice.recipient);
    row.text("channel", notice.channel);
    row.text("kind", notice.kind);
    row.text("state", notice.state);
    row.time("at", notice.at, zone);
  });
}

std::string conflicts_json(const std::vector<store::Conflict>& conflicts) {
  return list_json(conflicts, [](Row& row, const store::Conflict& conflict) {
    row.text("resource", conflict.type);
    row.text("status", conflict.status);
    row.text("means", conflict.means);
  });
}

Row row_of(const FlagView& view, const Zone& zone, const std::string& language, Instant now) {
  Row row;
  row.text("flag", view.flag.id.value);
  row.text("code", view.flag.code);
  row.text("trial", view.flag.trial.value);
  row.text("trial_version", view.flag.trial_version);
  row.text("patient", "Patient/" + view.flag.patient.value);
  row.text("status", screening::name_of(view.flag.status));
  row.text("state", screening::name_of(view.flag.state));
  row.time("opened_at", view.flag.opened_at, zone);
  row.time("changed_at", view.flag.changed_at, zone);
  row.text("reason", view.flag.reason);
  const std::string suppressed = view.suppressed.empty() ? "" : suppression_words(note_texts("en"), view.suppressed);
  row.text_or_null("suppressed", suppressed);
  row.text_or_null("suppression", view.suppressed);
  // A table has little room: what somebody who acts on the flag needs first.
  row.label("standing", suppressed.empty() ? std::string(screening::name_of(view.flag.state)) : "suppressed");
  const auto visit = screening::next_visit(view.visits, now);
  row.text_or_null("next_visit", visit ? screening::visit_words(*visit, zone, language, now) : "");
  row.time("next_visit_at", visit && visit->timed ? std::optional(visit->at) : std::nullopt, zone);
  row.label("why", !suppressed.empty() ? suppressed : visit ? row.text_of("next_visit") : view.flag.reason);
  row.label("id", view.flag.patient.value);
  row.json("criteria", criteria_of(view.flag.record));
  row.json("notices", notices_json(view.notices, zone));
  if (!view.conflicts.empty()) row.json("conflicts", conflicts_json(view.conflicts));
  return row;
}

bool several_trials(const std::vector<Row>& rows) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.text_of("trial") != rows.front().text_of("trial"); });
}

/// One run of a flags command, with the state open.
class FlagsRun {
 public:
  FlagsRun(Context& context, const FlagsOptions& options) : context_(context), options_(options) {}

  int list() {
    if (!open()) return context_.status;
    std::vector<Row> rows;
    if (desk_) {
      const auto views = desk_->flags(options_.filter);
      if (!views) return complain(views.error(), status_of_store(views.error()));
      for (const FlagView& view : *views) rows.push_back(row_of(view, zone(), language(), now_));
    }
    if (rows.empty() && !options_.filter.trial.empty()) {
      const auto any = desk_ ? desk_->flags({"", "", options_.filter.trial}) : Result<std::vector<FlagView>>();
      if (const std::string flaw = any && any->empty() ? unknown_trial(options_.filter.trial, context_) : ""; !flaw.empty())
        return complain({ErrorCode::invalid_config, flaw}, usage);
    }
    std::size_t longest = 7;
    bool expected = false;
    for (const Row& row : rows) {
      longest = std::clamp<std::size_t>(row.text_of("id").size(), longest, 20);
      expected = expected || !row.text_of("next_visit").empty();
    }
    std::vector<Column> columns = {{"code", "CODE", 4},
                                   {"id", "PATIENT", longest},
                                   {"status", "STATUS", 20},
                                   {"standing", "STATE", 10},
                                   {"why", expected ? "NEXT VISIT, OR REASON" : "REASON", 0}};
    // One trial needs no column of its own.
    if (several_trials(rows)) columns.insert(columns.begin() + 1, {"trial", "TRIAL", 11});
    write_rows(context_.out, options_.format, rows, columns, "no flags");
    return done;
  }

  int show() {
    const auto view = find();
    if (!view) return context_.status;
    if (options_.at > 0) {
      const auto basis = desk_->basis(view->flag.id, options_.at);
      if (!basis) return complain(basis.error(), basis.error().code == ErrorCode::not_found ? usage : in_part);
      return show_at(context_, *agent_, *view, *basis, options_.format, language());
    }
    if (options_.format == "ndjson") {
      context_.out << row_of(*view, zone(), language(), now_).to_json() << '\n';
      return done;
    }
    const screening::Flag& flag = view->flag;
    const std::string state = std::string(word(name_of(flag.state))) + (view->state_criterion.empty() ? "" : " " + view->state_criterion);
    context_.out << filled(texts().of(NoteText::flag_heading),
                           {{"{code}", flag.code}, {"{trial}", flag.trial.value}, {"{patient}", "Patient/" + flag.patient.value}})
                 << '\n'
                 << filled(texts().of(NoteText::flag_status),
                           {{"{status}", word(name_of(flag.status))}, {"{reason}", word(flag.reason)}, {"{state}", state}})
                 << '\n';
    for (const store::Conflict& conflict : view->conflicts)
      context_.out << filled(texts().of(NoteText::conflict), {{"{resource}", conflict.type},
                                                              {"{status}", conflict.status},
                                                              {"{state}", word(conflict.means)},
                                                              {"{code}", flag.code}})
                   << '\n';
    if (!view->suppressed.empty())
      context_.out << filled(texts().of(NoteText::suppressed), {{"{why}", suppression_words(texts(), view->suppressed)}}) << '\n';
    if (const auto visit = screening::next_visit(view->visits, now_))
      context_.out << screening::visit_text(*visit, zone(), language(), now_) << '\n';
    context_.out << '\n';
    tell_record(flag);
    return tell_history(*view);
  }

  int act(const Act& act) {
    const auto view = find();
    if (!view) return context_.status;
    const auto acted = desk_->act(view->flag.id, act, SystemClock().now());
    if (!acted) return complain(acted.error(), status_of_store(acted.error()));
    if (!*acted) {
      context_.err << "flag " << view->flag.code << ": nothing changed, it is " << name_of(view->flag.state)
                   << " already; `trialflag flags set` changes that\n";
    } else if (!context_.quiet)
      context_.err << "flag " << view->flag.code << ": " << act.kind << (act.state ? " " + std::string(name_of(*act.state)) : "") << '\n';
    return done;
  }

  int set() {
    const auto state = screening::flag_state(options_.state);
    if (!state) {
      return complain({ErrorCode::invalid_config, "\"" + options_.state +
                                                      "\" is no state; write new, acknowledged, contacted, screening, enrolled, "
                                                      "screen_failed or declined"},
                      usage);
    }
    const auto view = find();
    if (!view) return context_.status;
    if (!options_.reason.empty() && !names_criterion(view->flag.record)) {
      return complain(
          {ErrorCode::invalid_config, "--reason: \"" + options_.reason + "\" is no criterion of trial " + view->flag.trial.value}, usage);
    }
    if (*state == FlagState::screen_failed && options_.reason.empty()) {
      return complain({ErrorCode::invalid_config, "screen_failed needs the criterion that failed: --reason CRITERION"}, usage);
    }
    const std::string text = options_.state + (options_.reason.empty() ? "" : " " + options_.reason);
    return act({"set", options_.who, text, state, options_.reason});
  }

 private:
  const Zone& zone() const { return agent_->screening.site.zone; }
  const std::string& language() const { return options_.language.empty() ? agent_->screening.site.language : options_.language; }
  const NoteTexts& texts() const { return note_texts(eligibility::spoken_language(language())); }
  std::string_view word(std::string_view name) const { return texts().word(name); }

  int complain(const Error& error, int status) {
    context_.err << "trialflag: " << error.message << '\n';
    return context_.status = status;
  }

  /// Leaves desk_ empty while there is no state yet.
  bool open() {
    if (!agent_) agent_ = load_agent(context_, settings::Secrets::unread);
    if (!agent_) return context_.status = usage, false;
    if (desk_) return true;
    auto desk = Desk::open(agent_->state_dir);
    if (desk) {
      desk_ = std::move(*desk);
    } else if (desk.error().code != ErrorCode::not_found) {
      return complain(desk.error(), status_of_store(desk.error())), false;
    } else if (!context_.quiet) {
      context_.err << "trialflag: " << desk.error().message << '\n';
    }
    return true;
  }

  std::optional<FlagView> find() {
    if (!open()) return std::nullopt;
    if (!desk_) return context_.status = usage, std::nullopt;
    auto view = desk_->flag(options_.id);
    if (view) return std::move(*view);
    complain(view.error(), view.error().code == ErrorCode::not_found ? usage : status_of_store(view.error()));
    return std::nullopt;
  }

  bool names_criterion(const std::string& record) const {
    const auto verdict = read_record(record);
    if (!verdict) return false;
    return std::any_of(verdict->criteria.begin(), verdict->criteria.end(),
                       [&](const auto& criterion) { return criterion.id == options_.reason; });
  }

  /// The last verdict in the words of `explain`; without the trial's file only its criteria.
  void tell_record(const screening::Flag& flag) {
    auto verdict = read_record(flag.record);
    if (!verdict) return;
    const auto tables = load_tables(agent_->screening, context_);
    const auto written = tables ? load_named_trial(flag.trial.value, agent_->screening, *tables, context_) : nullptr;
    if (written) {
      const auto trial = load_named_trial(flag.trial.value, agent_->screening, *tables, context_, language());
      if (trial->language != written->language) retell(*verdict, *written, *trial);
      context_.out << explain_text(*verdict, *trial, zone()) << '\n';
      return;
    }
    for (const auto& criterion : verdict->criteria) {
      context_.out << fitted(criterion.id, 30) << ' ' << fitted(name_of(criterion.effect), 5) << ' ' << cut_to(criterion.summary, 43)
                   << '\n';
    }
  }

  int tell_history(const FlagView& view) {
    const auto events = desk_->events(view.flag.id);
    if (!events) return complain(events.error(), status_of_store(events.error()));
    context_.out << texts().of(NoteText::history) << '\n';
    for (const store::EventView& event : *events) {
      const std::string line =
          filled(texts().of(NoteText::event), {{"{when}", at(event.at)}, {"{kind}", word(event.kind)}, {"{who}", word(event.who)}});
      const bool has_why = !event.why.empty();
      // By the number for which `--at` asks.
      tell_line(std::to_string(event.number) + "  " +
                (has_why ? filled(texts().of(NoteText::event_why), {{"{event}", line}, {"{why}", suppression_words(texts(), event.why)}})
                         : line));
    }
    context_.out << texts().of(NoteText::notices) << '\n';
    for (const store::NoticeView& notice : view.notices) {
      tell_line(filled(texts().of(NoteText::notice), {{"{when}", at(notice.at)},
                                                      {"{kind}", word(notice.kind)},
                                                      {"{who}", notice.recipient},
                                                      {"{channel}", word(notice.channel)},
                                                      {"{state}", word(notice.state)}}));
    }
    if (view.notices.empty()) tell_line(std::string(texts().of(NoteText::none)));
    return done;
  }

  std::string at(Instant when) const { return zone().format({when.ms / 1000 * 1000}); }
  void tell_line(const std::string& line) { context_.out << cut_to("  " + line, kColumns) << '\n'; }

  Context& context_;
  const FlagsOptions& options_;
  Instant now_ = SystemClock().now();
  std::optional<settings::AgentConfig> agent_;
  std::unique_ptr<Desk> desk_;
};

void add_acts(CLI::App* flags, Context& context, const std::shared_ptr<FlagsOptions>& options) {
  CLI::App* ack = flags->add_subcommand("ack", "say that you have seen a flag");
  ack->add_option("ID", options->id, "the flag's id or code")->required();
  add_who_option(ack, options->who);
  ack->callback([&context, options] {
    context.status = FlagsRun(context, *options).act({"acknowledged", options->who, "", FlagState::acknowledged, ""});
  });
  CLI::App* agree = flags->add_subcommand("agree", "say that the treating physician agrees that the patient is approached (gate)");
  agree->add_option("ID", options->id, "the flag's id or code")->required();
  add_who_option(agree, options->who);
  agree->callback([&context, options] {
    context.status = FlagsRun(context, *options).act({"agreed", options->who, "the treating physician agrees", std::nullopt, ""});
  });
  CLI::App* note = flags->add_subcommand("note", "write a note on a flag");
  note->add_option("ID", options->id, "the flag's id or code")->required();
  note->add_option("TEXT", options->text, "the note")->required();
  add_who_option(note, options->who);
  note->callback([&context, options] {
    context.status = FlagsRun(context, *options).act({"note", options->who, options->text, std::nullopt, ""});
  });
  CLI::App* set =
      flags->add_subcommand("set", "set a flag's state: new, acknowledged, contacted, screening, enrolled, screen_failed, declined");
  set->add_option("ID", options->id, "the flag's id or code")->required();
  set->add_option("STATE", options->state, "the state")->required();
  set->add_option("--reason", options->reason, "of screen_failed: the criterion that failed");
  set->footer("Example: trialflag flags set K7Q2 screen_failed --reason E6.pregabalin");
  add_who_option(set, options->who);
  set->callback([&context, options] { context.status = FlagsRun(context, *options).set(); });
}

}  // namespace

void add_flags_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<FlagsOptions>();
  CLI::App* flags = app.add_subcommand("flags", "the flags: list, show one, act on one");
  flags->footer("Example: trialflag flags show K7Q2");
  flags->fallthrough();
  const auto add_list_options = [&](CLI::App* command) {
    add_format_option(command, options->format);
    command->add_option("--status", options->filter.status, "only this status")
        ->check(CLI::IsMember({"potentially_eligible", "needs_review", "ineligible", "withdrawn"}));
    command->add_option("--state", options->filter.state, "only this state")
        ->check(CLI::IsMember({"new", "acknowledged", "contacted", "screening", "enrolled", "screen_failed", "declined"}));
    command->add_option("--trial", options->filter.trial, "only this trial");
  };
  add_list_options(flags);
  CLI::App* list = flags->add_subcommand("list", "every flag ever opened");
  list->footer("Example: trialflag flags list --status potentially_eligible --format ndjson");
  add_list_options(list);
  list->callback([&context, options] { context.status = FlagsRun(context, *options).list(); });
  CLI::App* show = flags->add_subcommand("show", "one flag with its reasons, history and notices");
  show->add_option("ID", options->id, "the flag's id or code")->required();
  show->add_option("--at", options->at, "the verdict of that event of its history, reached again: 0 reproduced, 1 not")
      ->check(CLI::Range(1, 1000000));
  add_format_option(show, options->format);
  add_language_option(*show, options->language);
  show->callback([&context, options] { context.status = FlagsRun(context, *options).show(); });
  add_acts(flags, context, options);
  flags->callback([&context, options, flags] {
    if (flags->get_subcommands().empty()) context.status = FlagsRun(context, *options).list();
  });
  add_notices_command(app, context);
}

}  // namespace trialflag::app
