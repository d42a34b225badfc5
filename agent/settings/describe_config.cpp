// Prints the settings in force.
#include <sstream>

#include "agent/settings/agent_config.h"

namespace trialflag::settings {
namespace {

std::string_view name_of(AuthConfig::Kind kind) {
  if (kind == AuthConfig::Kind::smart_backend) return "smart_backend";
  if (kind == AuthConfig::Kind::basic) return "basic";
  return kind == AuthConfig::Kind::bearer ? "bearer" : "none";
}

std::string_view name_of(EmailConfig::Security security) {
  if (security == EmailConfig::Security::tls) return "tls";
  return security == EmailConfig::Security::none ? "none" : "starttls";
}

std::string_view secret(const std::filesystem::path& file) {
  return file.empty() ? "not set" : "set, not shown";
}

std::string clock_time(int minute) {
  const auto two = [](int value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return two(minute / 60) + ":" + two(minute % 60);
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return "[" + text + "]";
}

std::string text_of(const Delivery& delivery) {
  constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  if (delivery.kind == Delivery::Kind::immediate) return "immediate";
  if (delivery.kind == Delivery::Kind::daily) return "daily@" + clock_time(delivery.minute);
  return std::string("weekly@") + kDays[delivery.weekday] + "-" + clock_time(delivery.minute);
}

void print_screening(const ScreeningConfig& config, std::ostream& out) {
  out << "site.id: " << config.site.id << "\nsite.name: " << config.site.name << "\nsite.timezone: " << config.site.timezone
      << "\nsite.language: " << config.site.language << '\n';
  for (const TrialEntry& trial : config.trials) {
    out << "trials: " << (trial.file.empty() ? trial.id : trial.file.string()) << (trial.recruiting ? "" : ", not recruiting");
    if (trial.slots) out << ", slots " << *trial.slots;
    if (trial.gated) out << ", the treating physician must agree";
    if (trial.priority != 0) out << ", priority " << trial.priority;
    if (!trial.sha256.empty()) out << ", approved as " << trial.sha256;
    out << '\n';
  }
  for (const auto& folder : config.mappings) out << "mappings: " << folder.string() << '\n';
}

std::string_view told(const std::string& text, std::string_view otherwise) {
  return text.empty() ? otherwise : text;
}

std::string text_of(const std::optional<QuietHours>& hours) {
  return hours ? clock_time(hours->first) + "-" + clock_time(hours->last) : "none";
}

void print_smart(const AuthConfig& auth, std::ostream& out) {
  out << "ehr.auth.client_id: " << auth.client_id << "\nehr.auth.key_id: " << told(auth.key_id, "the key's thumbprint")
      << "\nehr.auth.algorithm: " << told(auth.algorithm, "the key's")
      << "\nehr.auth.token_url: " << told(auth.token_url, "as the server tells")
      << "\nehr.auth.scopes: " << told(auth.scopes, "one for each type") << '\n';
}

void print_ehr(const EhrConfig& ehr, std::ostream& out) {
  out << "ehr.base_url: " << ehr.base_url << "\nehr.auth.kind: " << name_of(ehr.auth.kind) << '\n';
  if (ehr.auth.kind == AuthConfig::Kind::basic) out << "ehr.auth.user: " << ehr.auth.user << '\n';
  if (ehr.auth.kind == AuthConfig::Kind::smart_backend) print_smart(ehr.auth, out);
  if (ehr.auth.kind != AuthConfig::Kind::none) out << "ehr.auth secret: " << secret(ehr.auth.secret_file) << '\n';
  if (!ehr.ca_file.empty()) out << "ehr.tls.ca_file: " << ehr.ca_file.string() << '\n';
  if (!ehr.client_cert_file.empty()) out << "ehr.tls.client_cert_file: " << ehr.client_cert_file.string() << '\n';
  out << "ehr.max_connections: " << ehr.max_connections << "\nehr.requests_per_minute: " << ehr.requests_per_minute
      << "\nehr.quiet_hours: " << text_of(ehr.quiet_hours) << "\nehr.page_size: " << ehr.page_size
      << "\nehr.request_timeout: " << ehr.request_timeout.count() << "s\nehr.retry_for: " << ehr.retry_for.count()
      << "s\nehr.stale_after: " << ehr.stale_after.count() << "s\nehr.overlap: " << ehr.overlap.count()
      << "s\nehr.max_page_bytes: " << ehr.max_page_bytes << "\nehr.allowed_origins: " << join(ehr.allowed_origins)
      << "\nehr.rewrite_link_origin: " << (ehr.rewrite_link_origin ? "true" : "false")
      << "\nehr.reports: " << (ehr.reports ? "auto" : "never") << '\n';
  if (!ehr.subscribe) return;
  out << "ehr.subscribe.listen: " << ehr.subscribe->listen << "\nehr.subscribe.url: " << ehr.subscribe->url
      << "\nehr.subscribe.at_most_every: " << ehr.subscribe->at_most_every.count() << "s\n";
}

void print_notify(const NotifyConfig& notify, std::ostream& out) {
  if (notify.email) {
    const EmailConfig& email = *notify.email;
    out << "notify.email.host: " << email.host;
    for (const std::string& host : email.more_hosts) out << ", " << host;
    out << "\nnotify.email.port: " << email.port << "\nnotify.email.security: " << name_of(email.security)
        << "\nnotify.email.user: " << email.user << "\nnotify.email password: " << secret(email.password_file)
        << "\nnotify.email.from: " << email.from << "\nnotify.email.link_base: " << email.link_base << '\n';
  }
  // A chat webhook's address is itself a secret, so only its id is told.
  for (const Webhook& hook : notify.webhooks)
    out << "notify.webhooks: " << hook.id << ", format " << hook.format << ", " << text_of(hook.delivery) << ", secret "
        << secret(hook.secret_file) << '\n';
  out << "notify.it: " << join(notify.it) << '\n';
  out << "notify.fhir.write: " << join(notify.write_back) << "\nnotify.budget.per_recipient_per_week: " << notify.per_recipient_per_week
      << "\nnotify.budget.quiet_hours: " << text_of(notify.quiet_hours) << "\nnotify.budget.flood: " << notify.flood
      << "\nnotify.remind_after: ";
  notify.remind_after.count() == 0 ? out << "none\n" : out << notify.remind_after.count() << "s\n";
}

}  // namespace

std::string describe(const AgentConfig& config) {
  std::ostringstream out;
  out << "mode: " << (config.mode == Mode::shadow ? "shadow" : "live") << '\n';
  print_screening(config.screening, out);
  out << "require_approval: " << (config.require_approval ? "true" : "false") << '\n';
  print_ehr(config.ehr, out);
  out << "poll.every: " << config.poll.every.count() << "s\npoll.reconcile: " << config.poll.reconcile.count()
      << "s\nstate.dir: " << config.state_dir.string() << '\n';
  out << "do_not_contact: " << config.do_not_contact.filename().string() << '\n';
  for (const Recipient& recipient : config.recipients)
    out << "recipients: " << recipient.id << ", " << recipient.email << ", " << recipient.language << ", on " << join(recipient.on)
        << ", trials " << (recipient.trials.empty() ? "all" : join(recipient.trials)) << ", " << text_of(recipient.delivery) << ", "
        << recipient.timezone << '\n';
  print_notify(config.notify, out);
  out << "metrics.listen: " << (config.metrics_listen.empty() ? "none" : config.metrics_listen) << "\nlog.level: " << config.log.level
      << "\nlog.target: " << (config.log.target == LogConfig::Target::journal ? "journal" : "stderr") << '\n';
  return out.str();
}

}  // namespace trialflag::settings
