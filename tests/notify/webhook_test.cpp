// Webhooks to a real receiver: what arrives, and what is made of each answer.
#include "agent/notify/webhook.h"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "agent/base/signing.h"
#include "agent/json/value.h"
#include "tests/support/http_server.h"

using namespace trialflag;
using namespace trialflag::notify;
using namespace trialflag::screening;
using testing::HttpRequest;
using testing::HttpResponse;
using testing::HttpServer;

namespace {

namespace fs = std::filesystem;

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "trialflag-hook-XXXXXX").string();
    path = mkdtemp(name.data());
    std::ofstream(path / "secret") << kSecret << "\n";
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path;
};

DueNotice due() {
  DueNotice due;
  due.notice.id = "n1";
  due.notice.kind = NoticeKind::opened;
  due.notice.trial = {"T1"};
  due.notice.to = {"ctms", "", "", Channel::webhook};
  due.flag.emplace();
  due.flag->id = {"f1"};
  due.notice.flag = due.flag->id;
  due.flag->code = "K7Q2";
  due.flag->trial = {"T1"};
  due.flag->patient = {"p1"};
  due.flag->status = FlagStatus::potentially_eligible;
  due.flag->record = R"({"criteria":[{"id":"I1.age","effect":"pass","value":"SECRET"}],"note":"SECRET"})";
  return due;
}

WebhookEvent event() {
  return {due(), CodedFacts(due())};
}

ChatNote note(const std::string& link_base = "https://flags.example/") {
  return {due(), {"<Rig> & Hospital", link_base, {0}}};
}

/// A sender with one hook, "ctms", at a receiver that answers as `serve` says.
struct Post {
  explicit Post(HttpServer::Serve serve, Hook::Format format = Hook::Format::json)
      : server(std::move(serve)),
        sender({{"ctms", server.origin() + "/hook?key=k", format, folder.path / "secret", {}, std::chrono::seconds(2)}}, clock) {}
  Folder folder;
  FixedClock clock{Instant{1614265330000}};
  HttpServer server;
  WebhookSender sender;
};

HttpServer::Serve always(int status, std::map<std::string, std::string> headers = {}, const std::string& body = "") {
  return [=](const HttpRequest&) {
    HttpResponse response;
    response.status = status;
    response.headers = headers;
    response.body = body;
    return response;
  };
}

}  // namespace

TEST_CASE("webhook: the signature is that of Standard Webhooks") {
  // As the published library signs the same message.
  const auto headers = signature_headers(signing_key(kSecret), "msg_p5jXN8AQM9LWM0D4loKWxJek", {1614265330999}, R"({"test": 2432232314})");
  CHECK(headers == std::vector<std::string>{"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp: 1614265330",
                                            "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="});
}

TEST_CASE("webhook: an event arrives signed, and each repeat is the same") {
  Post post(always(204));
  CHECK(post.sender.send(event()).delivery == Delivery::accepted);
  post.clock.set({1614265999000});
  CHECK(post.sender.send(event()).delivery == Delivery::accepted);
  const auto requests = post.server.requests();
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].method == "POST");
  CHECK(requests[0].target == "/hook?key=k");
  CHECK(requests[0].header("webhook-id") == "n1");
  CHECK(requests[0].header("content-type") == "application/json; charset=utf-8");
  for (const HttpRequest& request : requests) {
    const std::string signed_text = request.header("webhook-id") + "." + request.header("webhook-timestamp") + "." + request.body;
    CHECK(request.header("webhook-signature") == "v1," + base64(hmac_sha256(signing_key(kSecret), signed_text)));
  }
  CHECK(requests[0].body == requests[1].body);
  CHECK(requests[0].header("webhook-timestamp") != requests[1].header("webhook-timestamp"));
  CHECK(requests[0].body ==
        R"({"type":"flag.opened","timestamp":"1970-01-01T00:00:00Z","data":{"flag":"f1","code":"K7Q2","trial":"T1","patient":"Patient/p1",)"
        R"("status":"potentially_eligible","previous_status":null,"reason":"","criteria":[{"id":"I1.age","effect":"pass"}]}})");
}

TEST_CASE("webhook: what an answer means") {
  for (const auto& [status, expected] : std::vector<std::pair<int, Delivery>>{{200, Delivery::accepted},
                                                                              {202, Delivery::accepted},
                                                                              {400, Delivery::refused_for_now},
                                                                              {404, Delivery::refused_for_now},
                                                                              {410, Delivery::gone},
                                                                              {429, Delivery::refused_for_now},
                                                                              {500, Delivery::uncertain},
                                                                              {503, Delivery::uncertain}}) {
    CAPTURE(status);
    Post post(always(status));
    const auto outcome = post.sender.send(event());
    CHECK(outcome.delivery == expected);
    CHECK(outcome.retry_after.count() == 0);
    CHECK(post.server.requests().size() == 1);
    if (expected != Delivery::accepted)
      CHECK_THAT(outcome.error, Catch::Contains("webhook ctms") && Catch::Contains(std::to_string(status)));
    CHECK_THAT(outcome.error, !Catch::Contains("key=k"));
  }
}

TEST_CASE("webhook: Retry-After is the receiver's wish, up to a day") {
  CHECK(Post(always(429, {{"Retry-After", "120"}})).sender.send(event()).retry_after == std::chrono::seconds(120));
  CHECK(Post(always(503, {{"Retry-After", "999999"}})).sender.send(event()).retry_after == std::chrono::hours(24));
}

TEST_CASE("webhook: a redirect is never followed") {
  const HttpServer elsewhere(always(200));
  for (const int status : {301, 302, 303, 307, 308}) {
    Post post(always(status, {{"Location", elsewhere.origin() + "/x"}}));
    const auto outcome = post.sender.send(event());
    CHECK(outcome.delivery == Delivery::refused_for_now);
    CHECK_THAT(outcome.error, Catch::Contains("redirect"));
  }
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("webhook: a receiver that does not answer in time may have taken the event") {
  Post post([](const HttpRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2600));
    return HttpResponse();
  });
  CHECK(post.sender.send(event()).delivery == Delivery::uncertain);
}

TEST_CASE("webhook: a receiver that is not there has nothing") {
  const Folder folder;
  const FixedClock clock{Instant{0}};
  WebhookSender sender({{"ctms", "http://127.0.0.1:1/", Hook::Format::json, folder.path / "secret", {}, std::chrono::seconds(2)}}, clock);
  CHECK(sender.send(event()).delivery == Delivery::refused_for_now);
  CHECK_FALSE(sender.try_out("ctms"));
}

TEST_CASE("webhook: without a usable secret nothing leaves") {
  Post post(always(200));
  std::ofstream(post.folder.path / "secret") << "not base64!\n";
  const auto outcome = post.sender.send(event());
  CHECK(outcome.delivery == Delivery::refused_for_now);
  CHECK_THAT(outcome.error, Catch::Contains("secret_file") && !Catch::Contains("not base64!"));
  CHECK(post.server.requests().empty());
}

TEST_CASE("webhook: chats get the bodies that their makers document, and no patient") {
  for (const auto format : {Hook::Format::teams, Hook::Format::slack, Hook::Format::wecom, Hook::Format::dingtalk}) {
    for (const std::string link : {"https://flags.example/", ""}) {
      CAPTURE(static_cast<int>(format));
      const std::string body = chat_body(format, note(link));
      json::Document document;
      REQUIRE(document.parse(body));
      CHECK_THAT(body, Catch::Contains("K7Q2") && !Catch::Contains("p1") && !Catch::Contains("SECRET"));
      const json::Value& root = document.root();
      if (format == Hook::Format::teams) {
        const json::Value& attachment = root["attachments"].array()[0];
        CHECK(root["type"].string() == "message");
        CHECK(attachment["contentType"].string() == "application/vnd.microsoft.card.adaptive");
        CHECK(attachment["content"]["type"].string() == "AdaptiveCard");
        CHECK(attachment["content"]["body"].array()[0]["type"].string() == "TextBlock");
        if (!link.empty()) CHECK(attachment["content"]["actions"].array()[0]["url"].string() == link + "K7Q2");
      } else if (format == Hook::Format::slack) {
        CHECK(root["blocks"].array()[0]["text"]["type"].string() == "mrkdwn");
        CHECK_THAT(std::string(root["blocks"].array()[0]["text"]["text"].string()), Catch::Contains("&lt;Rig&gt; &amp; Hospital"));
      } else {
        CHECK(root["msgtype"].string() == "text");
        CHECK_THAT(std::string(root["text"]["content"].string()), Catch::Contains("<Rig> & Hospital"));
      }
    }
  }
}

TEST_CASE("webhook: a chat's note that is too long is cut in its list, between characters, and still leads to the rest") {
  DueNotice many = due();
  many.notice.kind = NoticeKind::digest;
  many.flag.reset();
  const std::string name = "医院" + std::string(17000, '&');
  for (int i = 0; i < 3000; ++i) many.children.push_back({"K7Q" + std::to_string(i), NoticeKind::opened, "T1"});
  const ChatNote long_note(many, {name, "", {0}, "zh"});
  const auto text_of = [&](Hook::Format format) {
    json::Document document;
    REQUIRE(document.parse(chat_body(format, long_note)));  // refuses broken UTF-8
    const json::Value& root = document.root();
    if (format == Hook::Format::slack) return std::string(root["blocks"].array()[0]["text"]["text"].string());
    if (format == Hook::Format::teams) return std::string(root["attachments"].array()[0]["content"]["body"].array()[1]["text"].string());
    return std::string(root["text"]["content"].string());
  };
  CHECK(text_of(Hook::Format::slack).size() <= 3000);
  CHECK(text_of(Hook::Format::teams).size() <= 16000);
  CHECK(text_of(Hook::Format::wecom).size() <= 2048);
  CHECK(text_of(Hook::Format::dingtalk).size() <= 16000);
  for (const auto format : {Hook::Format::slack, Hook::Format::wecom, Hook::Format::dingtalk})
    CHECK_THAT(text_of(format), Catch::Contains("…") && Catch::Contains(long_note.link()));
}

TEST_CASE("webhook: a chat's note lists fifty and counts the rest, in its reader's language") {
  DueNotice many = due();
  many.notice.kind = NoticeKind::digest;
  many.flag.reset();
  for (int i = 0; i < 53; ++i) many.children.push_back({"K7Q" + std::to_string(i), NoticeKind::opened, "T1"});
  for (const auto& [language, more] :
       std::map<std::string, std::string>{{"en", "- and 3 more"}, {"de", "- und 3 weitere"}, {"zh", "- 另有 3 条"}}) {
    const ChatNote cut(many, {"Hospital", "https://flags.example/", {0}, language});
    CHECK(std::count(cut.text().begin(), cut.text().end(), '-') == 51);
    CHECK_THAT(cut.text(), Catch::EndsWith(more));
    for (const auto format : {Hook::Format::teams, Hook::Format::slack, Hook::Format::wecom, Hook::Format::dingtalk})
      CHECK_THAT(chat_body(format, cut), Catch::Contains(more) && Catch::Contains("https://flags.example/"));
  }
  many.children.resize(50);
  CHECK_THAT(ChatNote(many, {"Hospital", "", {0}, "en"}).text(), !Catch::Contains("more"));
}

TEST_CASE("webhook: WeCom and DingTalk refuse within an answer of 200") {
  for (const auto format : {Hook::Format::wecom, Hook::Format::dingtalk}) {
    CHECK(Post(always(200, {}, R"({"errcode":0,"errmsg":"ok"})"), format).sender.send(note()).delivery == Delivery::accepted);
    CHECK(Post(always(200, {}, R"({"errcode":45009,"errmsg":"api freq out of limit"})"), format).sender.send(note()).delivery ==
          Delivery::refused_for_now);
    CHECK(Post(always(200, {}, "<html>"), format).sender.send(note()).delivery == Delivery::uncertain);
  }
}

TEST_CASE("webhook: DingTalk's signature stands in the address") {
  // printf '1614265330000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64, percent-encoded
  CHECK(dingtalk_signature("SECabc", {1614265330000}).starts_with("&timestamp=1614265330000&sign="));
  Post post(always(200, {}, R"({"errcode":0})"), Hook::Format::dingtalk);
  CHECK(post.sender.send(note()).delivery == Delivery::accepted);
  const std::string target = post.server.requests()[0].target;
  CHECK_THAT(target, Catch::StartsWith("/hook?key=k&timestamp=1614265330000&sign="));
  CHECK(target.find_first_of("+= ", target.find("sign=") + 5) == std::string::npos);
}

TEST_CASE("webhook: types keep the tiers apart") {
  STATIC_REQUIRE_FALSE(std::is_constructible_v<ChatNote, CodedFacts, MessageContext>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<WebhookEvent, LinkFacts, Chart>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<LinkFacts, CodedFacts>);
  STATIC_REQUIRE_FALSE(std::is_invocable_v<decltype(compose), CodedFacts, MessageContext>);
}
