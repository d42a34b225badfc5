#include "agent/settings/notify_config.h"

#include <fstream>
#include <set>

#include "agent/base/signing.h"
#include "agent/base/url.h"
#include "agent/settings/config_parts.h"

namespace trialflag::settings {
namespace {

Recipient read_recipient(const YamlNode& node, const SiteConfig& site, Reading& reading) {
  Recipient recipient;
  MapReader map(node, "recipients", reading.flaws);
  recipient.id = map.required_text("id");
  check_id(map, "id", recipient.id);
  recipient.name = map.text("name");
  recipient.email = map.required_text("email");
  check_mail_address(map, "email", recipient.email);
  recipient.language = read_language(map, site.language, reading);
  recipient.trials = map.texts("trials");
  recipient.on = map.choices("on", {"potentially_eligible", "needs_review", "retracted"});
  if (!map.has("on")) recipient.on = {"potentially_eligible", "needs_review", "retracted"};
  recipient.delivery = read_delivery(map, "delivery");
  recipient.timezone = map.text("timezone", site.timezone);
  if (!Zone::named(recipient.timezone)) map.flaw("timezone", "is \"" + recipient.timezone + "\"", "use an IANA name such as Asia/Shanghai");
  return recipient;
}

EmailConfig::Security security_of(const std::string& text) {
  if (text == "tls") return EmailConfig::Security::tls;
  return text == "none" ? EmailConfig::Security::none : EmailConfig::Security::starttls;
}

int usual_port(EmailConfig::Security security) {
  if (security == EmailConfig::Security::tls) return 465;
  return security == EmailConfig::Security::none ? 25 : 587;
}

/// One host, or a list of them.
void read_hosts(MapReader& map, EmailConfig& email) {
  if (!map.node("host").is_sequence()) {
    email.host = map.required_text("host");
    return;
  }
  std::vector<std::string> hosts = map.texts("host");
  if (hosts.empty()) return map.flaw("host", "is empty", "name a mail server");
  email.host = hosts.front();
  email.more_hosts.assign(hosts.begin() + 1, hosts.end());
}

EmailConfig read_email(const YamlNode& node, Reading& reading) {
  EmailConfig email;
  MapReader map(node, "notify.email", reading.flaws);
  read_hosts(map, email);
  email.security = security_of(map.choice("security", {"starttls", "tls", "none"}, "starttls"));
  email.port = static_cast<int>(map.integer("port", usual_port(email.security), 1, 65535));
  bool away = !is_loopback(email.host);
  for (const std::string& host : email.more_hosts) away = away || !is_loopback(host);
  const bool open = email.security == EmailConfig::Security::none && away;
  if (!map.boolean("allow_insecure", false) && open)
    map.flaw("security", "is none for another machine", "use starttls or tls, or set allow_insecure: true beside it");
  email.user = map.text("user");
  email.password_file = read_secret_file(map, "password_file", reading);
  if (email.user.empty() != email.password_file.empty())
    map.flaw(email.user.empty() ? "password_file" : "user", "stands alone", "set user and password_file together");
  email.ca_file = read_certificates(map, "ca_file", reading);
  email.from = map.required_text("from");
  check_mail_address(map, "from", email.from);
  email.link_base = map.text("link_base");
  if (!email.link_base.empty() && !parse_url(email.link_base)) map.flaw("link_base", "is no URL", "write https://host/path");
  // A flag's code is put right behind it: as a path's last part, or as a parameter's value.
  if (!email.link_base.empty() && !email.link_base.ends_with('/') && !email.link_base.ends_with('=')) email.link_base += '/';
  return email;
}

/// A file that cannot be read is another flaw's affair.
bool holds_base64(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!in || !std::getline(in, line)) return !in.is_open();
  return !signing_key(line).empty();
}

Webhook read_webhook(const YamlNode& node, Reading& reading) {
  Webhook hook;
  MapReader map(node, "notify.webhooks", reading.flaws);
  hook.id = map.required_text("id");
  check_id(map, "id", hook.id);
  hook.url = map.required_text("url");
  check_url(map, "url", hook.url, map.boolean("allow_insecure", false));
  hook.format = map.choice("format", {"json", "teams", "slack", "wecom", "dingtalk"}, "json");
  hook.secret_file = read_secret_file(map, "secret_file", reading);
  if (hook.format == "json" && !map.has("secret_file")) map.flaw("secret_file", "is missing", "add it: format json is signed");
  if (hook.format == "json" && !hook.secret_file.empty() && !holds_base64(hook.secret_file))
    map.flaw("secret_file", "holds no base64", "write the signing secret that the receiver shows into it, with or without whsec_");
  hook.ca_file = read_certificates(map, "ca_file", reading);
  hook.on = map.choices("on", {"potentially_eligible", "needs_review", "retracted"});
  hook.trials = map.texts("trials");
  hook.delivery = read_delivery(map, "delivery");
  return hook;
}

void read_budget(const YamlNode& node, NotifyConfig& notify, Reading& reading) {
  MapReader map(node, "notify.budget", reading.flaws);
  notify.per_recipient_per_week = static_cast<int>(map.integer("per_recipient_per_week", notify.per_recipient_per_week, 1, 100000));
  notify.quiet_hours = read_quiet_hours(map);
  notify.flood = static_cast<int>(map.integer("flood", notify.flood, 1, 1000000));
}

std::vector<Webhook> read_webhooks(MapReader& map, Reading& reading) {
  std::vector<Webhook> hooks;
  const YamlNode& node = map.node("webhooks");
  if (node.present() && !node.is_sequence()) map.flaw("webhooks", "is " + std::string(describe(node.kind())), "write a list of maps");
  std::set<std::string> seen;
  for (const YamlNode& item : node.items()) {
    hooks.push_back(read_webhook(item, reading));
    if (!seen.insert(hooks.back().id).second)
      reading.flaws.add(item.line(), "notify.webhooks has the id \"" + hooks.back().id + "\" twice", "rename one");
  }
  return hooks;
}

}  // namespace

std::vector<Recipient> read_recipients(const YamlNode& node, const SiteConfig& site, Reading& reading) {
  std::vector<Recipient> recipients;
  if (node.present() && !node.is_sequence())
    reading.flaws.add(node.line(), "recipients is " + std::string(describe(node.kind())), "write a list: [{id: li, email: li@host}]");
  std::set<std::string> seen;
  for (const YamlNode& item : node.items()) {
    recipients.push_back(read_recipient(item, site, reading));
    const std::string& id = recipients.back().id;
    if (!id.empty() && !seen.insert(id).second) reading.flaws.add(item.line(), "recipients has the id \"" + id + "\" twice", "rename one");
  }
  return recipients;
}

NotifyConfig read_notify(const YamlNode& node, Reading& reading) {
  NotifyConfig notify;
  MapReader map(node, "notify", reading.flaws);
  if (map.node("email").present()) notify.email = read_email(map.node("email"), reading);
  notify.webhooks = read_webhooks(map, reading);
  notify.it = map.texts("it");
  for (const std::string& address : notify.it) check_mail_address(map, "it", address);
  MapReader fhir(map.node("fhir"), "notify.fhir", reading.flaws);
  notify.write_back = fhir.choices("write", {"ResearchSubject", "List", "Task", "Communication"});
  read_budget(map.node("budget"), notify, reading);
  if (map.text("remind_after") == "none") {
    notify.remind_after = std::chrono::seconds(0);
  } else {
    notify.remind_after = map.duration("remind_after", notify.remind_after);
  }
  return notify;
}

}  // namespace trialflag::settings
