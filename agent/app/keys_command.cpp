// The command keys: the agent's key pair for SMART Backend Services, and its public half for the EHR's administrator.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <ostream>

#include "agent/app/command.h"
#include "agent/settings/agent_config.h"
#include "fhir/client/signing_key.h"

namespace trialflag::app {
namespace {

namespace fs = std::filesystem;

struct KeysOptions {
  std::vector<std::string> files;
  std::string algorithm, key_id;
};

/// What agent.yaml says of the key; empty without a configuration. nullopt: it has flaws, told on stderr.
std::optional<settings::KeyConfig> configured(Context& context) {
  if (context.config_file.empty()) return settings::KeyConfig{};
  settings::Flaws flaws(context.config_file);
  auto key = settings::load_key_config(context.config_file, flaws);
  for (const std::string& line : flaws.lines()) context.err << line << '\n';
  return key;
}

/// The files that are named, else the configuration's.
std::vector<fs::path> files_of(const KeysOptions& options, const settings::KeyConfig& config) {
  std::vector<fs::path> files(options.files.begin(), options.files.end());
  if (files.empty() && !config.file.empty()) files.push_back(config.file);
  return files;
}

int name_no_file(Context& context) {
  context.err << "trialflag: no key file is named; write it after the command, or set ehr.auth.key_file in the configuration\n";
  return usage;
}

std::string key_id(const KeysOptions& options, const settings::KeyConfig& config, const fs::path& file, const fhir::SigningKey& key) {
  if (!options.key_id.empty()) return options.key_id;
  std::error_code ignored;
  const bool same = !config.file.empty() && (file == config.file || fs::equivalent(file, config.file, ignored));
  return same && !config.id.empty() ? config.id : key.thumbprint();
}

/// JSON Web Key Set (RFC 7517 5), a key a line.
std::string jwks(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ",\n ") + key;
  return "{\"keys\":[\n " + text + "\n]}\n";
}

int make(Context& context, const KeysOptions& options) {
  const auto config = configured(context);
  if (!config) return usage;
  const auto files = files_of(options, *config);
  if (files.empty()) return name_no_file(context);
  const std::string wanted = !options.algorithm.empty() ? options.algorithm : config->algorithm.empty() ? "ES384" : config->algorithm;
  const auto key = fhir::SigningKey::make(fhir::algorithm_named(wanted).value_or(fhir::Algorithm::es384));
  if (!key) {
    context.err << "trialflag: " << key.error().message << '\n';
    return defect;
  }
  const fs::path& file = files.front();
  if (const auto written = key->write(file); !written) {
    context.err << "trialflag: " << file.string() << ": " << written.error().message << '\n';
    return written.error().code == ErrorCode::invalid_config ? usage : in_part;
  }
  const std::string id = key_id(options, *config, file, *key);
  context.out << jwks({key->jwk(id)});
  if (context.quiet) return done;
  context.err << "The private key is in " << file.string() << ", for its owner alone (mode 600); keep it there, and give it to nobody.\n"
              << "What is printed above is public: the EHR's administrator registers it for the agent's client_id.\n"
              << "agent.yaml, under ehr.auth: kind: smart_backend, client_id: (as registered), key_file: " << file.string()
              << ", key_id: " << id << '\n';
  return done;
}

int show(Context& context, const KeysOptions& options) {
  const auto config = configured(context);
  if (!config) return usage;
  const auto files = files_of(options, *config);
  if (files.empty()) return name_no_file(context);
  if (files.size() > 1 && !options.key_id.empty()) {
    context.err << "trialflag: --key-id names one key, and " << files.size() << " files are given; name one file, or no key id\n";
    return usage;
  }
  std::vector<std::string> keys;
  for (const fs::path& file : files) {
    const auto key = fhir::SigningKey::read(file);
    if (!key) {
      context.err << "trialflag: " << file.string() << ": " << key.error().message << '\n';
      return usage;
    }
    keys.push_back(key->jwk(key_id(options, *config, file, *key)));
  }
  context.out << jwks(keys);
  return done;
}

}  // namespace

void add_keys_command(CLI::App& app, Context& context) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* keys = app.add_subcommand("keys", "the agent's key pair for SMART Backend Services");
  keys->require_subcommand(1);
  keys->fallthrough();
  CLI::App* make_command = keys->add_subcommand("new", "make a key pair and print its public half (JWKS) for the EHR's administrator");
  make_command->add_option("FILE", options->files, "where the private key goes, never over a file that is there (else ehr.auth.key_file)")
      ->expected(0, 1);
  make_command->add_option("--algorithm", options->algorithm, "ES384 (unless the configuration says otherwise) or RS384")
      ->check(CLI::IsMember({"ES384", "RS384"}));
  make_command->add_option("--key-id", options->key_id, "the key's name, kid (else ehr.auth.key_id, else its thumbprint)");
  make_command->footer("Example: trialflag keys new /etc/trialflag/ehr.key.pem > jwks.json");
  make_command->callback([&context, options] { context.status = make(context, *options); });
  CLI::App* show_command = keys->add_subcommand("jwks", "print the public half again; of several files for a change of keys");
  show_command->add_option("FILE", options->files, "private keys (else ehr.auth.key_file)");
  show_command->add_option("--key-id", options->key_id, "the key's name, kid (else ehr.auth.key_id, else its thumbprint)");
  show_command->footer("Example: trialflag keys jwks old.key.pem new.key.pem > jwks.json");
  show_command->callback([&context, options] { context.status = show(context, *options); });
}

}  // namespace trialflag::app
