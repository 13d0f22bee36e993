// Codes beside the API's sentences: what programs read.
#include "service/http/sentence_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "base/files.h"
#include "service/http/problem_json.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::string>;

TEST(SentenceCode, GivesTheCodeAndWhatStandsAtItsPlaces) {
  const auto is = [](const char* sentence, const char* code, const Values& values) {
    const SentenceCode found = code_of(sentence);
    EXPECT_EQ(found.code, code) << sentence;
    EXPECT_EQ(found.values, values) << sentence;
  };
  is("no history: the list is a newcomer's", "no_history", {});
  is("user 'u 7' is unknown: the list is a newcomer's", "unknown_user_in_list", {"u 7"});
  is("1 item is all there is beyond what was seen", "all_beyond_seen", {"1"});
  is("12 items are all there is beyond what was seen", "all_beyond_seen", {"12"});
  is("matching but already seen, so left out: 'Dune', 'Heat', 'Ran' and 2 more", "seen_matches_and_more",
     {"'Dune', 'Heat', 'Ran'", "2"});
  is("matching but already seen, so left out: 'Dune'", "seen_matches", {"'Dune'"});
  is("events: the model has learned from none; until it has more, lists go by content, newness, rules and live events",
     "lacks_events", {});
  is("events: the model has learned from 12 only; until it has more, lists go by content, newness, rules and live "
     "events (7 since: haina train --from-store learns from them)",
     "few_events_but_live", {"12", "7"});
  is("2 events are no goal events (action 'rating', value 2): the goal is rating >= 4", "no_goal_value",
     {"2", "rating", "2", "rating >= 4"});
  is("1 event is no goal event (action 'wink'): the goal is click; no model has seen the action in training",
     "no_goal_event_and_unseen_action", {"1", "wink", "click"});
  is("unknown item 'i1'", "unknown_item", {"i1"});
}

// A value may hold any text, also that of the form itself.
TEST(SentenceCode, BearsValuesThatLookLikeTheForm) {
  EXPECT_EQ(code_of("unknown item 'a' b'").values, Values{"a' b"});
  EXPECT_EQ(code_of("no item has any of the words ''").values, Values{""});
  EXPECT_EQ(code_of("user 'x' is unknown: the list is a newcomer's' is unknown: the list is a newcomer's").values,
            Values{"x' is unknown: the list is a newcomer's"});
}

TEST(SentenceCode, ASentenceWithoutACodeSaysWhatItQuotes) {
  const SentenceCode found = code_of("the moon is 'full' and 'bright', isn't it");
  EXPECT_EQ(found.code, "");
  EXPECT_EQ(found.values, (Values{"full", "bright"}));
  EXPECT_EQ(codes_json({"the moon is 'full'", "there are no items yet"}),
            nlohmann::json::parse(R"([{"code": "other", "values": ["full"]}, {"code": "no_items", "values": []}])"));
}

TEST(SentenceCode, ProblemsCarryOneAndElseTheirTitleAsOne) {
  const auto body = [](const HttpResponse& response) { return nlohmann::json::parse(response.body); };
  EXPECT_EQ(body(problem(429, "too many requests", "wait")).at("code"), "too_many_requests");
  const nlohmann::json other = body(problem(422, "the moon is 'full'", "wait"));
  EXPECT_EQ(other.at("code"), "unprocessable_content");
  EXPECT_EQ(other.at("values"), Values{"full"});
}

TEST(SentenceCode, CodesAreNamesAndFormsAreGivenOnce) {
  std::set<std::string> forms;
  for (const auto& [code, form] : sentence_forms()) {
    EXPECT_TRUE(std::regex_match(code, std::regex("[a-z][a-z0-9_]*[a-z0-9]"))) << code;
    EXPECT_TRUE(forms.insert(form).second) << form;
    // Each form is reached: no form before it takes its sentences.
    std::string sentence = form;
    for (size_t at = sentence.find("{}"); at != std::string::npos; at = sentence.find("{}", at)) {
      sentence.replace(at, 2, "7");
    }
    EXPECT_EQ(code_of(sentence).code, code) << sentence;
  }
  EXPECT_GT(forms.size(), 100U);
}

// The text of all sources, with literals that continue on the next line in one piece.
std::string sources() {
  std::string all;
  for (const char* const folder : {"base", "engine", "recommend", "service", "store", "model"}) {
    for (const auto& file : fs::recursive_directory_iterator(fs::path(HAINA_SOURCE_DIR) / "src" / folder)) {
      if (file.path().extension() == ".cpp") {
        all += *read_text(file.path());
      }
    }
  }
  return std::regex_replace(all, std::regex("\"\\s*\n\\s*\""), "");
}

// A sentence that is said in other words than here has lost its code. Those that are put together from parts are
// compared with real answers, in ServiceTest.
TEST(SentenceCode, FormsStandInTheSources) {
  const std::string text = sources();
  const std::set<std::string> composed = {"all_beyond_seen",
                                          "all_with_words",
                                          "lacks_events_but_live",
                                          "lacks_events",
                                          "few_events_but_live",
                                          "few_events",
                                          "not_evaluated",
                                          "event_of_unknown_item",
                                          "no_goal_event_and_unseen_action",
                                          "no_goal_value_and_unseen_action",
                                          "no_goal_value",
                                          "no_goal_event",
                                          "event_known",
                                          "event_of_forgotten_user",
                                          "seen_matches",
                                          "seen_matches_and_more",
                                          "history_item_unknown",
                                          "history_item_unknown_but_near",
                                          "no_such_key",
                                          "key_replaced",
                                          "key_expired",
                                          "member_wrong",
                                          "request_unreadable",
                                          "version_is_worse",
                                          "of_another_dataset"};
  for (const auto& [code, form] : sentence_forms()) {
    std::string literal = form;
    for (size_t at = literal.find('"'); at != std::string::npos; at = literal.find('"', at + 2)) {
      literal.insert(at, "\\");
    }
    if (!composed.contains(code)) {
      EXPECT_NE(text.find("\"" + literal + "\""), std::string::npos) << code << ": " << literal;
    }
  }
}

}  // namespace
}  // namespace haina
