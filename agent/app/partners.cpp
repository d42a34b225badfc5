#include "agent/app/partners.h"

#include <algorithm>

#include "agent/app/hospital_source.h"
#include "fhir/client/proxy.h"

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

}  // namespace

Result<fhir::Endpoint> ehr_endpoint(const settings::EhrConfig& ehr, const std::vector<std::string>& written_back) {
  fhir::Endpoint endpoint;
  auto proxies = fhir::proxies_of_environment();
  if (!proxies) return tl::unexpected(proxies.error());
  endpoint.proxies = std::move(*proxies);
  endpoint.base_url = ehr.base_url;
  endpoint.sign_in = sign_in(ehr.auth);
  if (!ehr.reports) std::erase(endpoint.sign_in.smart.types, std::string(fhir::name_of(fhir::ResourceType::diagnostic_report)));
  if (ehr.roster.kind == settings::RosterConfig::Kind::group) endpoint.sign_in.smart.types.emplace_back("Group");
  endpoint.sign_in.smart.added = written_back;
  if (ehr.subscribe) endpoint.sign_in.smart.written = {"Subscription"};
  endpoint.ca_file = ehr.ca_file;
  endpoint.client_cert_file = ehr.client_cert_file;
  endpoint.client_key_file = ehr.client_key_file;
  endpoint.page_size = ehr.page_size;
  endpoint.request_timeout = ehr.request_timeout;
  endpoint.retry_for = ehr.retry_for;
  endpoint.max_page_bytes = ehr.max_page_bytes;
  endpoint.max_connections = ehr.max_connections;
  endpoint.requests_per_minute = ehr.requests_per_minute;
  endpoint.allowed_origins = ehr.allowed_origins;
  endpoint.rewrite_link_origin = ehr.rewrite_link_origin;
  return endpoint;
}

std::vector<std::string> written_types(const settings::NotifyConfig& notify) {
  std::vector<std::string> types = notify.write_back;
  if (std::find(types.begin(), types.end(), "ResearchSubject") != types.end()) types.insert(types.begin(), "ResearchStudy");
  return types;
}

std::vector<notify::Hook> hooks(const std::vector<settings::Webhook>& webhooks) {
  using Format = notify::Hook::Format;
  const auto format = [](const std::string& name) {
    if (name == "teams") return Format::teams;
    if (name == "slack") return Format::slack;
    if (name == "wecom") return Format::wecom;
    return name == "dingtalk" ? Format::dingtalk : Format::json;
  };
  std::vector<notify::Hook> hooks;
  for (const settings::Webhook& hook : webhooks)
    hooks.push_back({hook.id, hook.url, format(hook.format), hook.secret_file, hook.ca_file, std::chrono::seconds(10)});
  return hooks;
}

notify::MailServer mail_server(const settings::EmailConfig& email) {
  using Wanted = settings::EmailConfig::Security;
  using Security = notify::MailServer::Security;
  notify::MailServer server;
  server.host = email.host;
  server.more_hosts = email.more_hosts;
  server.ca_file = email.ca_file;
  server.port = email.port;
  server.security = email.security == Wanted::tls ? Security::tls : email.security == Wanted::none ? Security::none : Security::starttls;
  server.user = email.user;
  server.password_file = email.password_file;
  server.from = email.from;
  return server;
}

}  // namespace trialflag::app
