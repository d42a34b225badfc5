#include "agent/app/live_agent.h"

#include <algorithm>
#include <set>

#include "agent/app/it_notice.h"
#include "agent/app/partners.h"
#include "agent/app/record_json.h"
#include "agent/app/rosters.h"
#include "agent/base/log.h"
#include "agent/screening/entry.h"
#include "agent/settings/do_not_contact.h"

namespace trialflag::app {
namespace {

screening::Slots slots(const settings::Delivery& delivery) {
  using Kind = screening::Slots::Kind;
  const bool daily = delivery.kind == settings::Delivery::Kind::daily, weekly = delivery.kind == settings::Delivery::Kind::weekly;
  return {daily ? Kind::daily : weekly ? Kind::weekly : Kind::immediate, delivery.weekday, delivery.minute};
}

screening::Recipient recipient(const settings::Recipient& configured) {
  const auto on = [&](const char* what) { return std::find(configured.on.begin(), configured.on.end(), what) != configured.on.end(); };
  screening::Recipient recipient;
  recipient.id = configured.id;
  recipient.name = configured.name;
  recipient.address = configured.email;
  recipient.language = configured.language;
  recipient.delivery = slots(configured.delivery);
  if (const auto zone = Zone::named(configured.timezone)) recipient.zone = *zone;
  recipient.trials = configured.trials;
  recipient.on_potentially_eligible = on("potentially_eligible");
  recipient.on_needs_review = on("needs_review");
  return recipient;
}

/// A webhook gets everything unless `on` or `trials` narrow it.
screening::Recipient recipient(const settings::Webhook& hook, const Zone& zone) {
  const auto on = [&](const char* what) { return hook.on.empty() || std::find(hook.on.begin(), hook.on.end(), what) != hook.on.end(); };
  screening::Recipient recipient;
  recipient.id = hook.id;
  recipient.trials = hook.trials;
  recipient.on_potentially_eligible = on("potentially_eligible");
  recipient.on_needs_review = on("needs_review");
  recipient.channel = screening::Channel::webhook;
  recipient.delivery = slots(hook.delivery);
  recipient.zone = zone;
  recipient.chat = hook.format != "json";
  return recipient;
}

/// What is written into the EHR is told of every flag.
screening::Recipient ehr_itself() {
  screening::Recipient recipient;
  recipient.id = screening::kEhr;
  recipient.channel = screening::Channel::fhir;
  return recipient;
}

/// Reads the list anew at each call, where there is one. Its flaws are told; those lines that can be read count.
screening::ReadOptOuts opt_outs(const std::filesystem::path& file, const Zone& zone) {
  return [file, zone](Instant now, std::vector<std::string>& problems) -> std::optional<screening::OptOuts> {
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error) return std::nullopt;
    auto list = settings::read_do_not_contact(file, zone, now, problems);
    if (!list) return screening::OptOuts{{}, false};
    problems.insert(problems.end(), list->flaws.begin(), list->flaws.end());
    return screening::OptOuts{std::move(list->patients), list->whole};
  };
}

screening::CycleSettings cycle_settings(const LiveConfig& config, const std::string& site, screening::ChartWriter* chart_writer) {
  const settings::AgentConfig& agent = config.agent;
  screening::CycleSettings settings;
  for (const LiveTrial& trial : config.trials) {
    settings.screeners.push_back(trial.screener);
    settings.rules[{screening::trial_id(*trial.screener)}] = {trial.entry.recruiting, trial.entry.slots, trial.entry.gated,
                                                              trial.entry.priority};
    if (!trial.muted_because.empty()) settings.mute.insert({screening::trial_id(*trial.screener)});
  }
  settings.site = site;
  for (const settings::Recipient& configured : agent.recipients) settings.recipients.push_back(recipient(configured));
  for (const settings::Webhook& hook : agent.notify.webhooks) settings.recipients.push_back(recipient(hook, agent.screening.site.zone));
  settings.chart_writer = chart_writer;
  if (chart_writer != nullptr) settings.recipients.push_back(ehr_itself());
  settings.sends = agent.mode == settings::Mode::live;
  settings.delivery_time = std::max<std::chrono::milliseconds>(agent.poll.every, std::chrono::seconds(30));
  settings.overlap = agent.ehr.overlap;
  settings.stale_after = agent.ehr.stale_after;
  settings.flood = agent.notify.flood;
  if (agent.notify.quiet_hours) settings.quiet_hours = {agent.notify.quiet_hours->first, agent.notify.quiet_hours->last};
  if (const auto rests = agent.ehr.quiet_hours)
    settings.source_rests = [hours = screening::QuietHours{rests->first, rests->last}, zone = agent.screening.site.zone](Instant now) {
      return screening::quiet_until(hours, zone, now).has_value();
    };
  settings.per_recipient_per_week = agent.notify.per_recipient_per_week;
  settings.remind_after = agent.notify.remind_after;
  settings.opt_outs = opt_outs(agent.do_not_contact, agent.screening.site.zone);
  settings.site_name = agent.screening.site.name;
  settings.language = agent.screening.site.language;
  if (agent.notify.email) settings.link_base = agent.notify.email->link_base;
  settings.write_record = [zone = agent.screening.site.zone](const eligibility::PatientVerdict& verdict) {
    return record_json_to_keep(verdict, zone);
  };
  return settings;
}

}  // namespace

/// What the source must remember, kept in the state.
class LiveAgent::Memory final : public SourceMemory {
 public:
  explicit Memory(store::State& state) : state_(state) {}
  /// The types that the trials' entry criteria need.
  void know(screening::TypeSet entry_types) { entry_types_ = entry_types; }

  Result<std::string> recall() override { return state_.note("learnt"); }
  Result<void> remember(const std::string& text) override { return state_.keep_note("learnt", text); }
  Result<std::vector<std::string>> whom(fhir::ResourceType type) override {
    if (type == fhir::ResourceType::medication) return state_.ids_of(type);
    // Of those who are no candidates only that is asked for which could make them one.
    if (type != fhir::ResourceType::patient && !entry_types_.has(type)) return state_.charted();
    const auto kept = state_.roster();
    if (!kept) return tl::unexpected(kept.error());
    if (!*kept) return state_.ids_of(fhir::ResourceType::patient);
    // And under whose record a member lives on.
    const auto charted = state_.charted();
    if (!charted) return charted;
    std::set<std::string> ids(charted->begin(), charted->end());
    for (const screening::PatientId& member : (*kept)->members) ids.insert(member.value);
    return std::vector<std::string>(ids.begin(), ids.end());
  }
  Result<bool> has_shown(fhir::ResourceType type) override {
    const auto states = state_.type_states();
    if (!states) return tl::unexpected(states.error());
    const auto state = std::find_if(states->begin(), states->end(), [&](const screening::TypeState& one) { return one.type == type; });
    return state != states->end() && state->rows.value_or(state->watermark ? 1 : 0) > 0;
  }
  Result<std::vector<std::string>> members(const std::string& patient) override {
    const auto members = state_.members({patient});
    if (!members) return tl::unexpected(members.error());
    std::vector<std::string> held;
    for (const screening::Member& member : *members)
      if (member.held) held.push_back(member.id);
    return held;
  }
  Result<std::vector<std::string>> results(const std::string& patient) override { return state_.results_for(patient); }

 private:
  store::State& state_;
  screening::TypeSet entry_types_;
};

LiveAgent::LiveAgent(const LiveConfig& config, const Clock& clock)
    : config_(config), clock_(clock), progress_(clock, [this](const std::string& text) { return state_->keep_note("progress", text); }) {}
LiveAgent::~LiveAgent() = default;

Result<screening::CycleReport> LiveAgent::cycle(bool sweep, std::stop_token stop) {
  if (auto there = state_->is_in_place(); !there) return tl::unexpected(there.error());
  progress_.cycle_begins(std::chrono::steady_clock::now());
  auto report = cycle_->run(sweep, std::move(stop));
  progress_.cycle_ended();
  if (!report || !report->swept || report->unreachable) return report;
  if (auto kept = state_->keep_note("swept_at", std::to_string(clock_.now().ms)); !kept) return tl::unexpected(kept.error());
  return report;
}

Result<Instant> LiveAgent::swept_at() {
  const auto kept = state_->note("swept_at");
  if (!kept) return tl::unexpected(kept.error());
  if (!kept->empty()) return Instant{std::stoll(*kept)};
  const Instant now = clock_.now();
  if (auto begun = state_->keep_note("swept_at", std::to_string(now.ms)); !begun) return tl::unexpected(begun.error());
  return now;
}

namespace {

/// A site may move its server, and then its ids stay. Another EHR has others of those ids, and nothing here could tell.
Result<void> note_address(store::State& state, const std::string& base_url) {
  const auto before = state.note("read_from");
  if (!before) return tl::unexpected(before.error());
  if (*before == base_url) return {};
  if (!before->empty())
    log_warning("ehr.base_url was " + *before + " and is " + base_url + " now: what is kept of site \"" + state.site() +
                "\" goes on with it. If that is another EHR, stop, and give it a site.id and a state.dir of its own");
  return state.keep_note("read_from", base_url);
}

}  // namespace

Result<std::unique_ptr<LiveAgent>> LiveAgent::create(const LiveConfig& config, const Clock& clock, bool once, const std::stop_token& stop,
                                                     std::function<void()> moved) {
  auto ehr = ehr_endpoint(config.agent.ehr, written_types(config.agent.notify));
  if (!ehr) return tl::unexpected(ehr.error());
  ehr->on_exchange = std::move(moved);
  auto client = fhir::Client::create(*ehr);
  if (!client) return tl::unexpected(client.error());
  (*client)->stop_with(stop);
  auto state = store::State::open(config.agent.state_dir, {config.agent.screening.site.id, config.agent.ehr.base_url});
  if (!state) return tl::unexpected(state.error());
  std::unique_ptr<LiveAgent> agent(new LiveAgent(config, clock));
  agent->state_ = std::move(*state);
  if (auto noted = note_address(*agent->state_, config.agent.ehr.base_url); !noted) return tl::unexpected(noted.error());
  const settings::EhrConfig& from = config.agent.ehr;
  BulkSettings bulk{from.bulk, from.base_url, config.agent.state_dir / "bulk", once, from.overlap, ehr->bulk};
  agent->memory_ = std::make_unique<Memory>(*agent->state_);
  agent->source_ =
      std::make_unique<HospitalSource>(std::move(*client), ehr->max_connections, std::move(bulk), clock, agent->memory_.get(), stop);
  if (!from.reports) agent->source_->leave_out_reports();
  agent->roster_ = make_roster(config.agent.ehr.roster, agent->source_->client(), clock);
  if (config.agent.notify.email) {
    agent->mail_ = std::make_unique<notify::MailSender>(mail_server(*config.agent.notify.email));
    agent->mail_->stop_with(stop);
  }
  if (!config.agent.notify.webhooks.empty()) {
    agent->hooks_ = std::make_unique<notify::WebhookSender>(hooks(config.agent.notify.webhooks), clock);
    agent->hooks_->stop_with(stop);
  }
  if (!config.agent.notify.write_back.empty())
    agent->chart_writer_ = std::make_unique<EhrWriter>(config.agent.notify.write_back, config.agent.screening.site.language,
                                                       agent->source_->client(), *agent->state_);
  agent->make_cycle();
  return agent;
}

Result<std::string> LiveAgent::tell_it(const std::string& flaw) {
  return app::tell_it({config_.agent.notify.it, config_.agent.screening.site.name}, flaw, mail_.get(), *state_, clock_);
}

void LiveAgent::make_cycle() {
  screening::TypeSet entry_types;
  for (const LiveTrial& trial : config_.trials) entry_types.merge(screening::entry_types(*trial.screener));
  memory_->know(entry_types);
  if (chart_writer_) chart_writer_->know(config_.trials);
  auto settings = cycle_settings(config_, state_->site(), chart_writer_.get());
  settings.on_progress = [this](const screening::CycleProgress& progress) { progress_.show(progress, std::chrono::steady_clock::now()); };
  cycle_ =
      std::make_unique<screening::Cycle>(std::move(settings), *source_, *state_, *state_, mail_.get(), clock_, hooks_.get(), roster_.get());
}

void LiveAgent::adopt(std::vector<LiveTrial> trials) {
  config_.trials = std::move(trials);
  make_cycle();
}

}  // namespace trialflag::app
