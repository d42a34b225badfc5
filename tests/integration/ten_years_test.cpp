// Ten years of a trial with 92 places, hour by hour where something is due: digests on time across the changes of the clocks in four zones,
// budgets kept, nothing left lying, and at the end the trial is full.
#include <algorithm>
#include <map>

#include "agent/base/civil.h"
#include "tests/integration/delivery_world.h"

using namespace trialflag;
using namespace trialflag::screening;
using testing::DeliveryWorld;

namespace {

constexpr int kWeeks = 522, kPlaces = 92;
const std::vector<std::string> kZones = {"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Sydney"};

/// A team in four places, who read at eight; a program, which reads at once.
class TenYears : public DeliveryWorld {
 public:
  TenYears() : DeliveryWorld("2026-11-23T00:00:00Z") {
    settings.recipients = {hook("ctms")};
    for (const std::string& name : kZones) {
      Recipient recipient = li();
      recipient.id = name.substr(name.find('/') + 1);
      recipient.zone = *Zone::named(name);
      recipient.delivery = {Slots::Kind::daily, 0, 8 * 60};
      settings.recipients.push_back(recipient);
    }
    settings.quiet_hours = {20 * 60, 7 * 60};
    settings.per_recipient_per_week = 2;
    settings.rules[{"NCT07230171"}].slots = kPlaces;
  }

  /// Monday of every other week: somebody new. The next day: all who read at eight have read. Four weeks later it is no longer so, unless
  /// they are enrolled.
  void week(int number) {
    const Day monday = make_day(2026, 11, 23) + 7 * number;
    at(monday, 23);
    admit("p" + std::to_string(number));
    if (number >= 4 && !enrolled_.contains(number - 4)) prescribe("p" + std::to_string(number - 4));
    cycle();
    // Eight o'clock in each of the four, in summer and in winter.
    for (const int hour : {24, 30, 31, 36, 37, 45, 46}) {
      at(monday, hour);
      cycle();
    }
    if (number / 2 % 5 != 1 && number / 2 % 5 != 3) return;
    enrol(number);
    // The last place that is taken is told of at eight, too.
    for (const int hour : {120, 126, 127, 132, 133, 141, 142}) {
      at(monday, hour);
      cycle();
    }
  }

  [[nodiscard]] int enrolled() const { return static_cast<int>(enrolled_.size()); }

 private:
  void at(Day day, int hour) { set_instant({(std::int64_t{day.number} * 24 + hour) * 3600000}); }
  void set_instant(Instant instant) { pass(instant.ms - now().ms); }

  void enrol(int number) {
    if (enrolled() == kPlaces) return;
    const auto flag = desk().flag(flag_id({"NCT07230171"}, "here", {"p" + std::to_string(number)}).value);
    REQUIRE(flag);
    REQUIRE(desk().act(flag->flag.id, {"set", "li", "enrolled", FlagState::enrolled, ""}, now()));
    enrolled_.insert(number);
  }

  std::set<int> enrolled_;
};

}  // namespace

TEST_CASE("ten years: digests on time in four zones, budgets kept, nothing left lying, and the trial fills up", "[ten_years]") {
  TenYears world;
  for (int week = 0; week < kWeeks; week += 2) {
    world.week(week);
    const auto queue = world.desk().queue();
    REQUIRE(queue);
    REQUIRE(queue->waiting == 0);
    REQUIRE(queue->stuck == 0);
  }
  CHECK(world.enrolled() == kPlaces);

  std::map<std::string, Zone> zones;
  for (const Recipient& recipient : world.settings.recipients) zones.emplace(recipient.id, recipient.zone);
  std::map<std::pair<std::string, std::int64_t>, int> by_week;
  std::map<std::string, int> by_person;
  std::set<std::string> ids, offsets;
  for (const Letter& letter : world.post.taken) {
    const Zone& zone = zones.at(letter.to.recipient);
    const std::string local = zone.format(letter.date);
    REQUIRE(letter.kind == NoticeKind::digest);
    REQUIRE(local.substr(10, 9) == "T08:00:00");
    REQUIRE(ids.insert(letter.notice).second);
    REQUIRE(++by_week[{letter.to.recipient, week_of(zone, letter.date).begin.ms}] <= 2);
    offsets.insert(letter.to.recipient + local.substr(19));
    ++by_person[letter.to.recipient];
  }
  CHECK(by_person.size() == 4);
  CHECK(offsets.size() == 7);  // summer and winter, but for Shanghai
  for (const auto& [person, count] : by_person) CHECK(count == by_person.begin()->second);
  // Every flag that was opened was told, and each but the enrolled was taken back.
  const auto flags = world.desk().flags({});
  REQUIRE(flags);
  for (const auto& view : *flags) {
    const bool enrolled = view.flag.state == FlagState::enrolled;
    REQUIRE(view.notices.size() == (enrolled ? 5 : 10));
    REQUIRE(std::all_of(view.notices.begin(), view.notices.end(), [](const auto& notice) { return notice.state == "sent"; }));
  }
  // Nobody was told of anybody after it was full.
  CHECK(flags->size() < kWeeks / 2);
}
