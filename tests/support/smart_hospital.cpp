#include "tests/support/smart_hospital.h"

#include <sys/stat.h>

#include <ctime>
#include <stdexcept>

#include "agent/json/value.h"
#include "tests/support/jws.h"

namespace trialflag::testing {
namespace {

fhir::SigningKey new_key() {
  auto key = fhir::SigningKey::make(fhir::Algorithm::es384);
  if (!key) throw std::runtime_error(key.error().message);
  return std::move(*key);
}

std::string with_origin(std::string text, const std::string& origin) {
  for (std::size_t at = 0; (at = text.find("{origin}")) != std::string::npos;) text.replace(at, 8, origin);
  return text;
}

std::string http_date(std::int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

std::map<std::string, std::string> read_form(const std::string& body) {
  const auto decoded = [](const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size()) {
        plain += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        plain += text[i] == '+' ? ' ' : text[i];
      }
    }
    return plain;
  };
  std::map<std::string, std::string> form;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string field = body.substr(at, end - at);
    const std::size_t equals = field.find('=');
    form[decoded(field.substr(0, equals))] = equals == std::string::npos ? "" : decoded(field.substr(equals + 1));
    at = end + 1;
  }
  return form;
}

SmartHospital::SmartHospital(const std::string& certificate, const std::string& key_file)
    : key(new_key()),
      configuration(R"({"token_endpoint":"{origin}/token","capabilities":["permission-v2"]})"),
      capability(R"({"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[]})") {
  if (!key.write(folder.path() + "/key.pem")) throw std::runtime_error("the key cannot be written");
  server_ = std::make_unique<HttpServer>([this](const HttpRequest& request) { return serve(request); }, certificate, key_file);
}

fhir::Endpoint SmartHospital::endpoint() const {
  fhir::Endpoint endpoint;
  endpoint.base_url = origin() + "/fhir";
  endpoint.request_timeout = std::chrono::seconds(5);
  endpoint.retry_for = std::chrono::seconds(2);
  endpoint.sign_in.kind = fhir::SignIn::Kind::smart_backend;
  endpoint.sign_in.smart.client_id = "trialflag";
  endpoint.sign_in.smart.key_file = folder.path() + "/key.pem";
  endpoint.sign_in.smart.key_id = key_id;
  endpoint.sign_in.smart.types = {"Patient", "Condition", "Consent"};
  return endpoint;
}

std::int64_t SmartHospital::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count() +
         1000LL * ahead_s;
}

std::vector<std::string> SmartHospital::scopes_asked() const {
  const std::scoped_lock lock(mutex_);
  return scopes_;
}
std::vector<std::string> SmartHospital::claims() const {
  const std::scoped_lock lock(mutex_);
  return claims_;
}
std::vector<std::string> SmartHospital::problems() const {
  const std::scoped_lock lock(mutex_);
  return problems_;
}
std::vector<std::string> SmartHospital::tokens() const {
  const std::scoped_lock lock(mutex_);
  return tokens_;
}
void SmartHospital::revoke() {
  const std::scoped_lock lock(mutex_);
  live_.clear();
}

HttpResponse SmartHospital::serve(const HttpRequest& request) {
  HttpResponse response;
  if (request.target == "/token") {
    response = token(request);
  } else if (request.target == "/fhir/.well-known/smart-configuration") {
    response = configuration.empty() ? HttpResponse{404, "none"} : HttpResponse{200, with_origin(configuration, origin())};
  } else if (request.target == "/fhir/metadata") {
    response = {200, with_origin(capability, origin()), "application/fhir+json"};
  } else {
    response = records(request);
  }
  response.headers.emplace("Date", http_date(now_ms()));
  return response;
}

/// What is wrong with a token request; empty when nothing is.
std::string SmartHospital::judge(const std::map<std::string, std::string>& form) {
  const auto field = [&](const char* name) { return form.contains(name) ? form.at(name) : std::string(); };
  if (form.size() != 4 || field("grant_type") != "client_credentials" ||
      field("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    return "the form";
  if (!registered_) return "the key is not registered";
  Jws jws;
  try {
    jws = verified(field("client_assertion"), key.jwk(key_id));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  json::Document header, claims;
  if (!header.parse(jws.header) || !claims.parse(jws.claims)) return "no JSON";
  if (header.root()["kid"].string() != key_id || header.root()["typ"].string() != "JWT") return "the header";
  const json::Value& root = claims.root();
  const double left = root["exp"].number() - static_cast<double>(now_ms()) / 1000;
  const std::scoped_lock lock(mutex_);
  if (root.members().size() != 5 || root["iss"].string() != "trialflag" || root["sub"].string() != "trialflag") return "the claims";
  if (root["aud"].string() != origin() + "/token") return "the audience";
  if (left <= 0 || left > longest_life) return "exp is " + std::to_string(left) + " s ahead";
  if (!used_.emplace(root["jti"].string()).second) return "a replay";
  claims_.push_back(jws.claims);
  return {};
}

HttpResponse SmartHospital::token(const HttpRequest& request) {
  const auto form = read_form(request.body);
  if (request.method != "POST" || request.header("content-type") != "application/x-www-form-urlencoded") return {415, ""};
  const std::string problem = judge(form);
  std::unique_lock lock(mutex_);
  if (!problem.empty()) {
    problems_.push_back(problem);
    return {400, R"({"error":"invalid_client","error_description":"SECRET words of the server"})"};
  }
  const std::string scope = form.at("scope");
  scopes_.push_back(scope);
  const int number = static_cast<int>(scopes_.size());
  lock.unlock();
  if (on_token)
    if (auto instead = on_token(number, scope)) return *instead;
  lock.lock();
  const std::string token = "token-" + std::to_string(number);
  tokens_.push_back(token);
  live_[token] = now_ms() + 1000LL * lifetime;
  return {200, R"({"access_token":")" + token + R"(","token_type":"bearer","expires_in":)" + std::to_string(lifetime) + R"(,"scope":")" +
                   scope + "\"}"};
}

HttpResponse SmartHospital::records(const HttpRequest& request) {
  const std::string authorization = request.header("authorization");
  {
    const std::scoped_lock lock(mutex_);
    const auto found = authorization.starts_with("Bearer ") ? live_.find(authorization.substr(7)) : live_.end();
    if (found == live_.end() || found->second <= now_ms()) return {401, "", "text/plain"};
  }
  if (on_records)
    if (auto instead = on_records(request)) return *instead;
  return {200, R"({"resourceType":"Bundle","type":"searchset","entry":[]})", "application/fhir+json"};
}

}  // namespace trialflag::testing
