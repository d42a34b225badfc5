#include "agent/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace trialflag {
namespace {

/// "<6>text": how a service tells the journal its priority over stderr.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const char* priority = "<6>";
    if (message.level <= spdlog::level::debug) priority = "<7>";
    if (message.level == spdlog::level::warn) priority = "<4>";
    if (message.level >= spdlog::level::err) priority = "<3>";
    out.append(priority, priority + 3);
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalPriority>(); }
};

std::shared_ptr<spdlog::logger> make_logger(bool for_journal) {
  auto logger = std::make_shared<spdlog::logger>("trialflag", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JournalPriority>('*').set_pattern(for_journal ? "%*%v" : "%Y-%m-%dT%H:%M:%SZ %l: %v");
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> kFirst = make_logger(false);
  const auto current = spdlog::get("trialflag");
  return current ? *current : *kFirst;
}

}  // namespace

void start_log(std::string_view level, bool for_journal) {
  auto fresh = make_logger(for_journal);
  fresh->set_level(spdlog::level::from_str(std::string(level == "error" ? "err" : level)));
  spdlog::drop("trialflag");
  spdlog::register_logger(fresh);
}

void log_debug(const std::string& text) {
  logger().debug("{}", text);
}
void log_info(const std::string& text) {
  logger().info("{}", text);
}
void log_warning(const std::string& text) {
  logger().warn("{}", text);
}
void log_error(const std::string& text) {
  logger().error("{}", text);
}

}  // namespace trialflag
