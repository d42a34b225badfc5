#include "agent/app/live_agent.h"

#include <algorithm>

#include "agent/app/record_json.h"
#include "agent/screening/entry.h"

namespace trialflag::app {
namespace {

fhir::SignIn sign_in(const settings::AuthConfig& auth) {
  fhir::SignIn sign_in;
  if (auth.kind == settings::AuthConfig::Kind::basic) sign_in.kind = fhir::SignIn::Kind::basic;
  if (auth.kind == settings::AuthConfig::Kind::bearer) sign_in.kind = fhir::SignIn::Kind::bearer;
  sign_in.user = auth.user;
  sign_in.secret_file = auth.secret_file;
  if (auth.kind != settings::AuthConfig::Kind::smart_backend) return sign_in;
  sign_in.kind = fhir::SignIn::Kind::smart_backend;
  sign_in.smart = {auth.client_id, auth.secret_file, auth.key_id, auth.algorithm, auth.token_url, auth.scopes, {}};
  for (const fhir::ResourceType type : polled_types()) sign_in.smart.types.emplace_back(fhir::name_of(type));
  return sign_in;
}

fhir::Endpoint endpoint(const settings::EhrConfig& ehr) {
  fhir::Endpoint endpoint;
  endpoint.base_url = ehr.base_url;
  endpoint.sign_in = sign_in(ehr.auth);
  endpoint.ca_file = ehr.ca_file;
  endpoint.client_cert_file = ehr.client_cert_file;
  endpoint.client_key_file = ehr.client_key_file;
  endpoint.page_size = ehr.page_size;
  endpoint.request_timeout = ehr.request_timeout;
  endpoint.retry_for = ehr.retry_for;
  endpoint.max_page_bytes = ehr.max_page_bytes;
  endpoint.max_connections = ehr.max_connections;
  endpoint.allowed_origins = ehr.allowed_origins;
  endpoint.rewrite_link_origin = ehr.rewrite_link_origin;
  return endpoint;
}

notify::MailServer mail_server(const settings::EmailConfig& email) {
  using Wanted = settings::EmailConfig::Security;
  using Security = notify::MailServer::Security;
  notify::MailServer server;
  server.host = email.host;
  server.port = email.port;
  server.security = email.security == Wanted::tls ? Security::tls : email.security == Wanted::none ? Security::none : Security::starttls;
  server.user = email.user;
  server.password_file = email.password_file;
  server.from = email.from;
  return server;
}

screening::Recipient recipient(const settings::Recipient& configured) {
  const auto on = [&](const char* what) { return std::find(configured.on.begin(), configured.on.end(), what) != configured.on.end(); };
  screening::Recipient recipient;
  recipient.id = configured.id;
  recipient.name = configured.name;
  recipient.address = configured.email;
  recipient.language = configured.language;
  recipient.trials = configured.trials;
  recipient.on_potentially_eligible = on("potentially_eligible");
  recipient.on_needs_review = on("needs_review");
  return recipient;
}

screening::CycleSettings cycle_settings(const LiveConfig& config, const std::string& site) {
  const settings::AgentConfig& agent = config.agent;
  screening::CycleSettings settings;
  for (const LiveTrial& trial : config.trials) {
    settings.screeners.push_back(trial.screener);
    if (!trial.muted_because.empty()) settings.mute.insert({screening::trial_id(*trial.screener)});
  }
  settings.site = site;
  for (const settings::Recipient& configured : agent.recipients) settings.recipients.push_back(recipient(configured));
  settings.sends = agent.mode == settings::Mode::live;
  settings.overlap = agent.ehr.overlap;
  settings.stale_after = agent.ehr.stale_after;
  settings.flood = agent.notify.flood;
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
  fhir::Endpoint ehr = endpoint(config.agent.ehr);
  auto proxies = fhir::proxies_of_environment();
  if (!proxies) return tl::unexpected(proxies.error());
  ehr.proxies = std::move(*proxies);
  auto client = fhir::Client::create(ehr);
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
  agent->cycle_ = std::make_unique<screening::Cycle>(cycle_settings(config, agent->state_->site()), *agent->source_, *agent->state_,
                                                     *agent->state_, agent->mail_.get(), clock);
  return agent;
}

}  // namespace trialflag::app
