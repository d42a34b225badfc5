#include "agent/app/live_agent.h"

#include <algorithm>

#include "agent/app/partners.h"
#include "agent/app/record_json.h"
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

/// Reads the list anew at each call. Its flaws are told; those lines that can be read count.
screening::ReadOptOuts opt_outs(const std::filesystem::path& file, const Zone& zone) {
  return [file, zone](Instant now, std::vector<std::string>& problems) -> std::optional<std::set<std::string>> {
    std::error_code error;
    if (!std::filesystem::exists(file, error) && !error) return std::nullopt;
    auto list = settings::read_do_not_contact(file, zone, now, problems);
    if (!list) return std::nullopt;
    problems.insert(problems.end(), list->flaws.begin(), list->flaws.end());
    return std::move(list->patients);
  };
}

screening::CycleSettings cycle_settings(const LiveConfig& config, const std::string& site) {
  const settings::AgentConfig& agent = config.agent;
  screening::CycleSettings settings;
  for (const LiveTrial& trial : config.trials) {
    settings.screeners.push_back(trial.screener);
    settings.rules[{screening::trial_id(*trial.screener)}] = {trial.entry.recruiting, trial.entry.slots, trial.entry.gated};
    if (!trial.muted_because.empty()) settings.mute.insert({screening::trial_id(*trial.screener)});
  }
  settings.site = site;
  for (const settings::Recipient& configured : agent.recipients) settings.recipients.push_back(recipient(configured));
  for (const settings::Webhook& hook : agent.notify.webhooks) settings.recipients.push_back(recipient(hook, agent.screening.site.zone));
  settings.sends = agent.mode == settings::Mode::live;
  settings.overlap = agent.ehr.overlap;
  settings.stale_after = agent.ehr.stale_after;
  settings.flood = agent.notify.flood;
  if (agent.notify.quiet_hours) settings.quiet_hours = {agent.notify.quiet_hours->first, agent.notify.quiet_hours->last};
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

Result<std::unique_ptr<LiveAgent>> LiveAgent::create(const LiveConfig& config, const Clock& clock, const std::stop_token& stop) {
  const auto ehr = ehr_endpoint(config.agent.ehr);
  if (!ehr) return tl::unexpected(ehr.error());
  auto client = fhir::Client::create(*ehr);
  if (!client) return tl::unexpected(client.error());
  (*client)->stop_with(stop);
  auto state = store::State::open(config.agent.state_dir, {config.agent.screening.site.id, config.agent.ehr.base_url});
  if (!state) return tl::unexpected(state.error());
  std::unique_ptr<LiveAgent> agent(new LiveAgent);
  agent->state_ = std::move(*state);
  agent->source_ = std::make_unique<HospitalSource>(std::move(*client));
  if (config.agent.notify.email) {
    agent->mail_ = std::make_unique<notify::MailSender>(mail_server(*config.agent.notify.email));
    agent->mail_->stop_with(stop);
  }
  if (!config.agent.notify.webhooks.empty()) {
    agent->hooks_ = std::make_unique<notify::WebhookSender>(hooks(config.agent.notify.webhooks), clock);
    agent->hooks_->stop_with(stop);
  }
  agent->cycle_ = std::make_unique<screening::Cycle>(cycle_settings(config, agent->state_->site()), *agent->source_, *agent->state_,
                                                     *agent->state_, agent->mail_.get(), clock, agent->hooks_.get());
  return agent;
}

}  // namespace trialflag::app
