// Ids of hostile length on every path and body are refused at once, whatever the route.
#include <chrono>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "data/suggest_id.h"
#include "service/gorse/gorse.h"
#include "service/service_fixture.h"

namespace haina {
namespace {

double seconds_of(const std::function<void()>& task) {
  const auto begin = std::chrono::steady_clock::now();
  task();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_F(ServiceTest, LongIdsInEveryPathGet422) {
  start({.store = "", .http = {.threads = 1}, .gorse = true});
  HttpClient client(service_->port());
  const std::string id(10'000, 'i');
  int paths = 0;
  for (const RouteTable& table : {v1_routes(), gorse_routes()}) {
    for (const Route& route : table.routes) {
      std::string target = route.path;
      if (target.find('{') == std::string::npos) {
        continue;
      }
      for (size_t begin = target.find('{'); begin != std::string::npos; begin = target.find('{')) {
        target.replace(begin, target.find('}') - begin + 1, id.substr(0, 1025));
      }
      const Reply reply = client.request(route.method, target, route.body.is_null() ? "" : "{}",
                                         route.takes_media ? "image/png" : "application/json");
      EXPECT_EQ(reply.status, 422) << route.method << " " << route.path << " " << reply.body.substr(0, 200);
      EXPECT_EQ(reply.body.find("iiii"), std::string::npos);  // it is not repeated
      ++paths;
    }
  }
  EXPECT_GT(paths, 30);
  EXPECT_EQ(client.get("/v1/items/" + id).status, 422);
  EXPECT_EQ(client.get("/v1/search?q=quiet&user=" + id).status, 422);
  EXPECT_EQ(client.get("/v1/search?q=" + id).status, 200);  // words may be many
}

TEST_F(ServiceTest, LongIdsInEveryBodyGet422) {
  start({.store = "", .http = {.threads = 1}, .gorse = true});
  HttpClient client(service_->port());
  const std::string id(15'000, 'i');
  const std::string list = client.get("/v1/users/u1/recommendations").json().at("list");
  const std::vector<std::pair<std::string, Json>> bodies = {
      {"/v1/events", {{"events", {{{"user", id}, {"item", "i1"}}}}}},
      {"/v1/events", {{"events", {{{"user", "u"}, {"item", "i1"}, {"id", id}}}}}},
      {"/v1/feedback", {{"list", id}, {"user", "u1"}, {"kind", "like"}}},
      {"/v1/feedback", {{"list", list}, {"user", "u1"}, {"kind", "like"}, {"item", id}}},
      {"/v1/recommendations", {{"user", id}}},
      {"/v1/recommendations", {{"users", {"u1", id}}}},
      {"/v1/recommendations", {{"history", {id}}}},
      {"/v1/recommendations", {{"category", id}}},
      {"/v1/items", {{"items", {{{"item", id}}}}}},
      {"/api/feedback", {{{"FeedbackType", "click"}, {"UserId", id}, {"ItemId", "i1"}}}},
      {"/api/feedback", {{{"FeedbackType", id}, {"UserId", "u"}, {"ItemId", "i1"}}}},
      {"/api/item", {{"ItemId", id}}},
      {"/api/user", {{"UserId", id}}},
      {"/api/session/recommend", {{{"FeedbackType", "click"}, {"UserId", "u"}, {"ItemId", id}}}}};
  for (const auto& [target, body] : bodies) {
    EXPECT_EQ(client.post(target, body).status, 422) << target << " " << body.dump().substr(0, 60);
  }
  EXPECT_EQ(client.put("/v1/users/u1", {{"friends", {id}}}).status, 422);
  EXPECT_EQ(client.put("/v1/rules/r", {{"do", "pin"}, {"item", id}, {"position", 1}}).status, 422);
}

TEST_F(ServiceTest, ManyUnknownItemsOfAHistoryAreCounted) {
  HttpClient client(service_->port());
  Json history = Json::array();
  for (int i = 0; i < 10'000; ++i) {
    history.push_back("unknown" + std::to_string(i));
  }
  const Json list = client.post("/v1/recommendations", {{"history", history}}).json();
  EXPECT_LT(list.at("notes").size(), 20U);
  EXPECT_NE(list.at("notes").dump().find("9990 more unknown items"), std::string::npos);
}

TEST(SuggestId, DoesNotSearchListsAsLongAsTheData) {
  Vocabulary items;
  for (int i = 0; i < 100'000; ++i) {
    items.find_or_add("item" + std::to_string(i));
  }
  std::string hint;
  const double seconds = seconds_of([&] {
    for (int i = 0; i < 100; ++i) {
      hint = did_you_mean(std::string(15'000, 'i'), items) + did_you_mean("itme7", items);
    }
  });
  EXPECT_LT(seconds, 0.1);  // 1 ms each
  EXPECT_NE(hint.find("99997 more"), std::string::npos) << hint;
  Vocabulary few;
  few.find_or_add("harbour");
  EXPECT_NE(did_you_mean("harbuor", few).find("did you mean 'harbour'?"), std::string::npos);
  const std::vector<std::string> known = {"ease", "ials"};
  EXPECT_EQ(did_you_mean(std::string(8 << 20, 'e'), known), "known: ease, ials");  // not compared
}

}  // namespace
}  // namespace haina
